namespace Pmilter.Policies.Authentication.Spf;

/// <summary>A record, read whole before anything is asked: an error anywhere is one of the record (RFC 7208 4.6).</summary>
internal sealed class SpfRecord
{
    private const string Version = "v=spf1";

    private readonly List<SpfTerm> _terms = [];

    public IReadOnlyList<SpfTerm> Terms => _terms;

    /// <summary>With macros; null where there is none.</summary>
    public string? Redirect { get; private set; }

    /// <summary>Whether a TXT record is one of SPF (RFC 7208 4.5).</summary>
    public static bool Is(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Null, and what is wrong, for one that breaks the grammar.</summary>
    public static SpfRecord? Read(string text, out string error)
    {
        var record = new SpfRecord();
        var hasExplanation = false;
        foreach (var term in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            error = $"'{term}' is no SPF term";
            var sign = term.AsSpan().IndexOfAny(":/=");
            if (sign > 0 && term[sign] == '=')
            {
                if (!record.ReadModifier(term[..sign], term[(sign + 1)..], ref hasExplanation))
                {
                    return null;
                }

                continue;
            }

            if (SpfTermReader.Read(term) is not { } read)
            {
                return null;
            }

            record._terms.Add(read);
        }

        error = string.Empty;
        return record;
    }

    private bool ReadModifier(string name, string value, ref bool hasExplanation)
    {
        if (name.Equals("redirect", StringComparison.OrdinalIgnoreCase))
        {
            var isFirst = Redirect is null;
            Redirect = value;
            return isFirst && SpfSyntax.IsDomainSpec(value);
        }

        if (name.Equals("exp", StringComparison.OrdinalIgnoreCase))
        {
            // Checked and never asked for: it is the sender's text, and nobody here shows it.
            var isFirst = !hasExplanation;
            hasExplanation = true;
            return isFirst && SpfSyntax.IsDomainSpec(value);
        }

        return SpfSyntax.IsName(name) && SpfSyntax.IsMacroString(value);
    }
}
