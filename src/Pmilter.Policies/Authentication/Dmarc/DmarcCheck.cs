using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Authentication.Spf;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Lookups;

namespace Pmilter.Policies.Authentication.Dmarc;

/// <summary>
/// DMARC (RFC 7489): whether SPF or a signature speaks for the domain that people see in From. Organisational domains come from the Public
/// Suffix List.
/// </summary>
internal static class DmarcCheck
{
    /// <param name="from">The domains in From, normalised; several or none cannot be checked (RFC 7489 6.6.1).</param>
    /// <param name="spf">What SPF said.</param>
    /// <param name="spfDomain">Of which domain.</param>
    /// <param name="dkim">What became of the signatures.</param>
    public static async ValueTask<DmarcOutcome> RunAsync(
        INameService names, IReadOnlyCollection<string> from, SpfOutcome spf, string spfDomain, IReadOnlyList<DkimOutcome> dkim, CancellationToken cancellationToken)
    {
        if (from.Count != 1 || HostName.Read(from.First()) is not { } domain)
        {
            return new DmarcOutcome("permerror", string.Empty, string.Empty, from.Count > 1 ? "several From domains" : "no From domain");
        }

        var organisation = PublicSuffixes.RegisteredDomainOf(domain);
        var found = await FindAsync(names, domain, organisation, cancellationToken).ConfigureAwait(false);
        if (found.Record is not { } record)
        {
            return new DmarcOutcome(found.HasFailed ? "temperror" : "none", string.Empty, domain, found.HasFailed ? "no policy now" : string.Empty);
        }

        var policy = found.IsInherited ? record.OfSubdomains : record.Policy;
        bool IsOurs(string other, bool isStrict) => IsAligned(domain, organisation, other, isStrict);
        var speaksSpf = IsOurs(spfDomain, record.IsSpfStrict);
        var signatures = dkim.Where(outcome => outcome.Signature is { } signature && IsOurs(signature.Domain, record.IsDkimStrict)).ToArray();
        if ((speaksSpf && spf.Word == SpfWord.Pass) || signatures.Any(outcome => outcome.IsPass))
        {
            return new DmarcOutcome("pass", policy, domain);
        }

        // What could not be asked might have passed.
        var isOpen = (speaksSpf && spf.Word == SpfWord.TempError) || signatures.Any(outcome => outcome.Word == DkimOutcome.TempError);
        return new DmarcOutcome(isOpen ? "temperror" : "fail", policy, domain, isOpen ? "SPF or DKIM could not be asked" : string.Empty);
    }

    private static bool IsAligned(string domain, string organisation, string other, bool isStrict) =>
        isStrict ? string.Equals(domain, other, StringComparison.OrdinalIgnoreCase)
        : other.Length > 0 && string.Equals(organisation, PublicSuffixes.RegisteredDomainOf(other), StringComparison.OrdinalIgnoreCase);

    private static async ValueTask<(DmarcRecord? Record, bool IsInherited, bool HasFailed)> FindAsync(
        INameService names, string domain, string organisation, CancellationToken cancellationToken)
    {
        var own = await names.AskAsync(new NameQuestion($"_dmarc.{domain}", NameRecordKind.Txt), cancellationToken).ConfigureAwait(false);
        if (own.Outcome == NameOutcome.Failed)
        {
            return (null, false, true);
        }

        var records = own.Records.Where(DmarcRecord.Is).Take(2).ToArray();
        if (records.Length > 0 || organisation == domain)
        {
            return (One(records), false, false);
        }

        var parent = await names.AskAsync(new NameQuestion($"_dmarc.{organisation}", NameRecordKind.Txt), cancellationToken).ConfigureAwait(false);
        return parent.Outcome == NameOutcome.Failed ? (null, true, true) : (One([.. parent.Records.Where(DmarcRecord.Is).Take(2)]), true, false);
    }

    /// <summary>Several are as good as none (RFC 7489 6.6.3).</summary>
    private static DmarcRecord? One(string[] records) => records.Length == 1 ? DmarcRecord.Read(records[0]) : null;
}
