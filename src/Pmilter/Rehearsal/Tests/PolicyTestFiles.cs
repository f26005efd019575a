using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Where tests stand: <c>tests/</c> in the folder of the policies, unless others are named.</summary>
internal sealed class PolicyTestFiles(DiagnosticBag diagnostics)
{
    /// <param name="places">Files and folders; empty for the usual one.</param>
    /// <exception cref="ServerStartException">A place is not there.</exception>
    public IReadOnlyList<PolicyTestFile> Read(IReadOnlyList<string> places, ServerSettings settings)
    {
        var reader = new PolicyTestReader(diagnostics);
        var files = new List<PolicyTestFile>();
        var paths = places.Count > 0
            ? places.SelectMany(place => FilesOf(place) ?? throw new ServerStartException($"There is no test file {place}."))
            : FilesOf(Path.Combine(settings.Policies, "tests")) ?? [];
        foreach (var path in paths)
        {
            if (reader.Read(SourceText.Decode(PolicyFiles.Shown(Path.GetFullPath(path)), File.ReadAllBytes(path), diagnostics)) is { } file)
            {
                files.Add(file);
            }
        }

        return files;
    }

    private static IEnumerable<string>? FilesOf(string place) =>
        Directory.Exists(place) ? Directory.EnumerateFiles(place, "*.yaml").Order(StringComparer.Ordinal)
        : File.Exists(place) ? [place]
        : null;
}
