using System.Reflection;
using System.Text;

namespace Pmilter.Policies.Lists.Broad;

/// <summary>
/// The Public Suffix List: <c>com</c>, <c>co.jp</c>, <c>github.io</c>. Below them anybody registers names. It is read when the first list with a
/// leading dot is, and serves warnings and the relaxed alignment of signatures: an old one does little harm.
/// </summary>
internal static class PublicSuffixes
{
    private static readonly Lazy<Rules> Loaded = new(Read);

    /// <param name="domain">A-labels; any case.</param>
    public static bool Contains(ReadOnlySpan<char> domain)
    {
        var rules = Loaded.Value;
        var dot = domain.IndexOf('.');
        return dot < 0 || rules.Exact.Contains(domain) || (rules.Wild.Contains(domain[(dot + 1)..]) && !rules.Excepted.Contains(domain));
    }

    /// <summary>What somebody has registered: one label more than the public suffix; of a suffix itself the suffix.</summary>
    /// <param name="domain">A-labels; any case.</param>
    public static string RegisteredDomainOf(string domain)
    {
        var start = 0;
        var before = 0;
        while (!Contains(domain.AsSpan(start)))
        {
            before = start;
            start += domain.AsSpan(start).IndexOf('.') + 1;
        }

        return domain[before..];
    }

    private static Rules Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("public_suffixes.txt")
            ?? throw new InvalidOperationException("The public suffixes are not in this build.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var exact = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var wild = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var excepted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (reader.ReadLine() is { } rule)
        {
            switch (rule)
            {
                case ['/', ..] or "":
                    break;
                case ['!', .. var exception]:
                    excepted.Add(exception);
                    break;
                case ['*', '.', .. var parent]:
                    wild.Add(parent);
                    break;
                default:
                    exact.Add(rule);
                    break;
            }
        }

        return new Rules(Lookup(exact), Lookup(wild), Lookup(excepted));
    }

    private static HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup(HashSet<string> rules) => rules.GetAlternateLookup<ReadOnlySpan<char>>();

    private sealed record Rules(
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Exact,
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Wild,
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Excepted);
}
