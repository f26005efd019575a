using System.Globalization;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Eight hex digits that change with any text, list files and modes included, and not with the folder that they lie in.</summary>
internal static class Revision
{
    public static string Of(IEnumerable<SourceText> sources, IEnumerable<FileList> lists, CompilerOptions options)
    {
        // FNV-1a: tells texts apart, protects nothing. A cryptographic hash would load OpenSSL at every start.
        var hash = 14695981039346656037UL;
        foreach (var source in sources)
        {
            Add(ref hash, source.Path[(source.Path.LastIndexOfAny(['/', '\\']) + 1)..]);
            Add(ref hash, source.Text);
        }

        foreach (var list in lists)
        {
            Add(ref hash, list.Definition.Path.Value);
            Add(ref hash, list.Current.Hash.ToString("x16", CultureInfo.InvariantCulture));
        }

        foreach (var (policy, mode) in options.Modes.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Add(ref hash, policy);
            Add(ref hash, mode.ToString());
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
