using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Eight hex digits that change with any text.</summary>
internal static class Revision
{
    public static string Of(IReadOnlyList<SourceText> sources)
    {
        // FNV-1a: tells texts apart, protects nothing. A cryptographic hash would load OpenSSL at every start.
        var hash = 14695981039346656037UL;
        foreach (var source in sources)
        {
            Add(ref hash, source.Path);
            Add(ref hash, source.Text);
        }

        return ((uint)(hash ^ (hash >> 32))).ToString("x8", CultureInfo.InvariantCulture);
    }

    private static void Add(ref ulong hash, string text)
    {
        foreach (var c in text)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash *= 1099511628211UL; // where one text ends and the next begins
    }
}
