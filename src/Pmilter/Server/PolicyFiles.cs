using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>Opens policy files and the lists that they name. What is not UTF-8 is reported.</summary>
internal sealed class PolicyFiles(DiagnosticBag diagnostics) : IListFileReader
{
    /// <summary>A list keeps its entries in one buffer.</summary>
    private const long MostListBytes = 250_000_000;

    /// <summary>The policies of a folder in the order of their names; paths are shown relative to where we stand.</summary>
    /// <param name="presentedAs">The folder that they are said to stand in; null: where they are.</param>
    /// <exception cref="ServerStartException">The folder or a file cannot be read.</exception>
    public IReadOnlyList<SourceText> ReadAll(string folder, string? presentedAs = null)
    {
        try
        {
            // A folder of that name is no policy, and leaving it out would leave out rules without a word.
            return [.. Directory.EnumerateFileSystemEntries(folder, "*.yaml").Order(StringComparer.Ordinal).Select(path => Open(Shown(Path.Combine(presentedAs ?? folder, Path.GetFileName(path))), path))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read the policies: {error.Message} 'policies.dir' in pmilter.yaml names their folder.", error);
        }
    }

    public ListFile Find(string policyPath, string path)
    {
        var full = Path.Combine(Path.GetDirectoryName(policyPath) ?? string.Empty, path);
        try
        {
            var file = new FileInfo(full);
            var stamp = new ListStamp(new DateTimeOffset(file.LastWriteTimeUtc), file.Length);
            return new ListFile(full, stamp, () => File.OpenRead(full)) { Missing = file.Length > MostListBytes ? "it is larger than 250 MB" : null };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new ListFile(full, default, () => File.OpenRead(full)) { Missing = failure.Message };
        }
    }

    private SourceText Open(string shown, string path) => SourceText.Decode(shown, File.ReadAllBytes(path), diagnostics);

    /// <summary>Relative to where we stand, unless it is elsewhere.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
