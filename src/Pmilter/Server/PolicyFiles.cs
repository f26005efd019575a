using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>Opens policy files and the lists that they name.</summary>
internal sealed class PolicyFiles : IListFileReader
{
    /// <summary>The policies of a folder in the order of their names; paths are shown relative to where we stand.</summary>
    /// <exception cref="ServerStartException">The folder or a file cannot be read.</exception>
    public static IReadOnlyList<SourceText> ReadAll(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal).Select(path => new SourceText(Shown(path), File.ReadAllText(path)))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read the policies: {error.Message} 'policies.dir' in pmilter.yaml names their folder.", error);
        }
    }

    public SourceText? Read(string policyPath, string path, out string error)
    {
        var full = Path.Combine(Path.GetDirectoryName(policyPath) ?? string.Empty, path);
        try
        {
            error = string.Empty;
            return new SourceText(full, File.ReadAllText(full));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            error = failure.Message;
            return null;
        }
    }

    private static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
