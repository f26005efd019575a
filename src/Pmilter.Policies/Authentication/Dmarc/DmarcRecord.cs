using Pmilter.Policies.Authentication.Dkim;

namespace Pmilter.Policies.Authentication.Dmarc;

/// <summary>A domain's DMARC record (RFC 7489 6.3). <c>pct</c>, <c>rua</c>, <c>ruf</c>, <c>fo</c>, <c>rf</c> and <c>ri</c> are not for us.</summary>
/// <param name="Policy"><c>none</c>, <c>quarantine</c> or <c>reject</c>.</param>
/// <param name="OfSubdomains">The same of names below the domain that have no record.</param>
/// <param name="IsDkimStrict"><c>adkim=s</c>.</param>
/// <param name="IsSpfStrict"><c>aspf=s</c>.</param>
internal sealed record DmarcRecord(string Policy, string OfSubdomains, bool IsDkimStrict, bool IsSpfStrict)
{
    private const string Version = "DMARC1";

    /// <summary>Null for a text that is no DMARC record, or one that says no policy.</summary>
    public static DmarcRecord? Read(string text)
    {
        if (!Is(text) || TagList.Read(text) is not { } tags || tags["v"] != Version)
        {
            return null;
        }

        // RFC 7489 6.6.3: a wrong policy is none, where the record at least says where reports go.
        var written = Policies(tags["p"]);
        var policy = written ?? (tags["rua"] is { Length: > 0 } ? "none" : null);
        return policy is null ? null : new DmarcRecord(policy, Policies(tags["sp"]) ?? policy, IsStrict(tags["adkim"]), IsStrict(tags["aspf"]));
    }

    /// <summary>The version comes first (RFC 7489 6.4).</summary>
    public static bool Is(string text)
    {
        var first = text.AsSpan(0, text.IndexOf(';', StringComparison.Ordinal) is var end && end < 0 ? text.Length : end);
        var sign = first.IndexOf('=');
        return sign > 0 && first[..sign].Trim() is "v" && first[(sign + 1)..].Trim().SequenceEqual(Version);
    }

    private static string? Policies(string? word) => word?.ToLowerInvariant() is "none" or "quarantine" or "reject" ? word.ToLowerInvariant() : null;

    private static bool IsStrict(string? word) => string.Equals(word, "s", StringComparison.OrdinalIgnoreCase);
}
