using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Library;

/// <summary>A policy that comes with the program.</summary>
/// <param name="File"><c>10-bulk-by-country.yaml</c>; its tests are called the same.</param>
/// <param name="Name"><c>bulk_by_country</c>.</param>
/// <param name="IsWatching">Its file says <c>mode: monitor</c> itself.</param>
/// <param name="Lists">The list files that it names: <c>lists/partners.txt</c>.</param>
internal sealed record LibraryPolicy(string File, string Name, string Description, bool IsWatching, IReadOnlyList<string> Lists)
{
    /// <summary>What a user may call it: its name, its file with and without the ending and the number.</summary>
    public IReadOnlyList<string> Names { get; } =
        [Name, Path.GetFileNameWithoutExtension(File), Path.GetFileNameWithoutExtension(File).TrimStart("0123456789-".ToCharArray()), File];

    /// <summary>The name that a policy file gives itself; empty for a file that is none.</summary>
    public static string NameIn(SourceText source) => (YamlReader.Read(source, new DiagnosticBag()) as YamlMapping)?.TextOf("policy") ?? string.Empty;

    public static LibraryPolicy Read(string file, string text)
    {
        if (YamlReader.Read(new SourceText(file, text), new DiagnosticBag()) is not YamlMapping root)
        {
            throw new InvalidDataException($"{file} of the library is no policy.");
        }

        var lists = (root.ValueOf("lists") as YamlMapping)?.Entries.Select(list => list.Value).OfType<YamlMapping>() ?? [];
        return new LibraryPolicy(
            file,
            root.TextOf("policy"),
            root.TextOf("description"),
            root.TextOf("mode") == "monitor",
            [.. lists.Select(list => list.TextOf("file")).Where(path => path.Length > 0)]);
    }
}
