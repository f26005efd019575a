using System.Security.Cryptography;
using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Eight hex digits that change with any text.</summary>
internal static class Revision
{
    public static string Of(IReadOnlyList<SourceText> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var source in sources)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{source.Path}\0{source.Text}\0"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }
}
