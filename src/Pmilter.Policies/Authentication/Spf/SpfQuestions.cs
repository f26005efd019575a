using System.Net;
using System.Net.Sockets;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lookups;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>What one check asks the DNS, within its limits.</summary>
internal sealed class SpfQuestions(INameService names, IPAddress client, SpfLimits limits, CancellationToken cancellationToken)
{
    private readonly NameRecordKind _kind = client.AddressFamily == AddressFamily.InterNetwork ? NameRecordKind.A : NameRecordKind.Aaaa;
    private List<string>? _validated;

    /// <summary>A domain's own TXT: none is no void look-up, it is the end.</summary>
    public async ValueTask<IReadOnlyList<string>> TextsAsync(string domain) => Need(await AskAsync(domain, NameRecordKind.Txt).ConfigureAwait(false));

    public async ValueTask<IEnumerable<IPAddress>> AddressesAsync(string host)
    {
        var answer = Counted(await AskAsync(host, _kind).ConfigureAwait(false));
        return Need(answer).Select(record => IPAddress.TryParse(record, out var address) ? address : null).OfType<IPAddress>();
    }

    /// <summary>RFC 7208 4.6.4: more than ten exchanges are an error.</summary>
    public async ValueTask<IReadOnlyList<string>> ExchangesAsync(string domain)
    {
        var exchanges = Need(Counted(await AskAsync(domain, NameRecordKind.Mx).ConfigureAwait(false)));
        return exchanges.Count <= SpfLimits.MostNames ? exchanges : throw new SpfStopException(SpfOutcome.Broken($"{domain} has more than {SpfLimits.MostNames} mail exchangers"));
    }

    /// <summary>RFC 7208 5.7: an IPv4 address, whatever the client's.</summary>
    public async ValueTask<bool> ExistsAsync(string name) => Need(Counted(await AskAsync(name, NameRecordKind.A).ConfigureAwait(false))).Count > 0;

    /// <summary>RFC 7208 5.5: a name of the client's is the domain, or below it.</summary>
    public async ValueTask<bool> IsNamedBelowAsync(string domain) =>
        (await ValidatedNamesAsync(isCounted: true).ConfigureAwait(false)).Exists(name => IsBelow(name, domain));

    /// <summary>For <c>%{p}</c>: the domain itself before one below it before any; <c>unknown</c> where there is none.</summary>
    public async ValueTask<string> ValidatedNameAsync(string domain)
    {
        var found = await ValidatedNamesAsync(isCounted: false).ConfigureAwait(false);
        return found.Find(name => name == domain) ?? found.Find(name => IsBelow(name, domain)) ?? found.FirstOrDefault("unknown");
    }

    private static bool IsBelow(string name, string domain) =>
        name.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');

    /// <summary>Names that the client's address claims and that have it. What fails is no name (RFC 7208 5.5).</summary>
    private async ValueTask<List<string>> ValidatedNamesAsync(bool isCounted)
    {
        if (_validated is not null)
        {
            return _validated;
        }

        _validated = [];
        var pointers = await AskAsync(HostName.Pointer(client), NameRecordKind.Ptr).ConfigureAwait(false);
        pointers = isCounted ? Counted(pointers) : pointers;
        foreach (var name in pointers.Records.Take(SpfLimits.MostNames).Select(SpfName.Read).OfType<string>())
        {
            var forward = await AskAsync(name, _kind).ConfigureAwait(false);
            if (forward.Records.Any(record => IPAddress.TryParse(record, out var address) && address.Equals(client)))
            {
                _validated.Add(name);
            }
        }

        return _validated;
    }

    private ValueTask<NameAnswer> AskAsync(string name, NameRecordKind kind) => names.AskAsync(new NameQuestion(name, kind), cancellationToken);

    private NameAnswer Counted(NameAnswer answer) =>
        !answer.IsVoid || limits.Void() ? answer : throw new SpfStopException(SpfOutcome.Broken("more than 2 look-ups found nothing"));

    private static IReadOnlyList<string> Need(NameAnswer answer) =>
        answer.Outcome == NameOutcome.Failed ? throw new SpfStopException(SpfOutcome.Unknown(answer.Error)) : answer.Records;
}
