using System.Security.Cryptography;
using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Eight hex digits that change with any text, list files and modes included, and not with the folder that they lie in.</summary>
internal static class Revision
{
    public static string Of(IEnumerable<SourceText> sources, CompilerOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var source in sources)
        {
            Add(hash, source.Path[(source.Path.LastIndexOfAny(['/', '\\']) + 1)..], source.Text);
        }

        foreach (var (policy, mode) in options.Modes.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Add(hash, policy, mode.ToString());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }

    private static void Add(IncrementalHash hash, string name, string text) => hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{text}\0"));
}
