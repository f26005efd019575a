using Pmilter.Policies.Text;
using Pmilter.Schemas;
using Pmilter.Server;

namespace Pmilter.Library;

/// <summary>What a copy of some of the library consists of.</summary>
/// <param name="folder">Of pmilter.yaml; absolute.</param>
/// <param name="policies">The folder of the policies; absolute.</param>
internal sealed class LibraryCopy(string folder, string policies, IReadOnlyList<LibraryPolicy> chosen)
{
    private const string Modeline = "# yaml-language-server: $schema=";

    private const string Server = """
        # The server. Every key that is left out has its default ('pmilter docs' has them all); a path is relative to this file.
        # 'pmilter check' says what is wrong here and in the policies.

        policies:
          dir: policies
          # default: monitor records what rules would do and changes nothing; 'pmilter promote NAME' enforces one.
          mode: { default: monitor }

        state:
          dir: state       # counters, holds and bans outlast a restart

        log:
          # A line of JSON for each message: what 'pmilter promote' counts from. hash: true hides addresses and subjects.
          decisions: log/decisions.jsonl

        """;

    public string Configuration => Path.Combine(folder, "pmilter.yaml");

    /// <summary>Policies and their tests: what is there already is in the way.</summary>
    public IEnumerable<(string Path, string Text)> Policies() => chosen.SelectMany(policy => new[]
    {
        Copy(policy.File, "policy"),
        Copy(Path.Combine("tests", policy.File), "test"),
    });

    /// <summary>Lists that are filled and what editors read: what is there already stays.</summary>
    public IEnumerable<(string Path, string Text)> Company() =>
        [.. Lists().Select(list => (Path.Combine(policies, list), PolicyLibrary.Text(list))), .. SchemaKind.All.Select(kind => (SchemaFile(kind.Word), SchemaWriter.Write(kind)))];

    /// <summary>pmilter.yaml where there is none.</summary>
    public (string Path, string Text) NewConfiguration() => (Configuration, $"{ModelineOf(folder, "server")}\n{Server}");

    /// <summary>Another file of the folder that holds one of the policies already; null for none.</summary>
    public (string Path, string Policy)? Rival()
    {
        if (!Directory.Exists(policies))
        {
            return null;
        }

        var names = chosen.ToDictionary(policy => policy.Name, policy => policy.File, StringComparer.Ordinal);
        foreach (var source in new PolicyFiles(new DiagnosticBag()).ReadAll(policies))
        {
            var name = LibraryPolicy.NameIn(source);
            if (names.TryGetValue(name, out var file) && file != Path.GetFileName(source.Path))
            {
                return (source.Path, name);
            }
        }

        return null;
    }

    /// <summary>The list files of the chosen policies, each once, relative to the folder of the policies.</summary>
    public IReadOnlyList<string> Lists() => [.. chosen.SelectMany(policy => policy.Lists).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private (string Path, string Text) Copy(string file, string kind)
    {
        var path = Path.Combine(policies, file);
        var text = PolicyLibrary.Text(file.Replace('\\', '/'));
        var rest = text.StartsWith(Modeline, StringComparison.Ordinal) ? text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..] : text;
        return (path, $"{ModelineOf(Path.GetDirectoryName(path)!, kind)}\n{rest}");
    }

    private string ModelineOf(string from, string kind) => Modeline + Path.GetRelativePath(from, SchemaFile(kind)).Replace('\\', '/');

    private string SchemaFile(string kind) => Path.Combine(folder, "schema", SchemaKind.All.First(known => known.Word == kind).FileName);
}
