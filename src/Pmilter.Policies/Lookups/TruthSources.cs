using System.Net;
using System.Net.Sockets;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Lookups;

/// <summary>A look-up that is true or false.</summary>
internal abstract class TruthSource(int index, SlotLifetime lifetime, string written, Expression<string>? subject) : LookupSource(index, lifetime, written, subject)
{
    protected override SlotValue Read(string given) => Truth(given == "true");
}

/// <summary>A look-up about a name: false for what is none.</summary>
internal abstract class NameTruthSource(int index, SlotLifetime lifetime, string function, string written, Expression<string> subject)
    : TruthSource(index, lifetime, written, subject)
{
    protected override string AskedAbout(string subjectText) => ExpressionPrinter.Call(function, subjectText);

    protected override SlotValue? KnownOf(Transaction transaction, string asked) => HostName.Read(asked) is null ? Truth(false) : null;

    protected override ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken) =>
        AskAsync(names, HostName.Read(asked)!, cancellationToken);

    protected abstract ValueTask<SlotValue> AskAsync(INameService names, string name, CancellationToken cancellationToken);
}

/// <summary><c>has_mx(domain)</c>: an MX other than the null MX. The address that mail falls back to (RFC 5321 5.1) is none.</summary>
internal sealed class MailExchangerSource(int index, SlotLifetime lifetime, string written, Expression<string> subject)
    : NameTruthSource(index, lifetime, "has_mx", written, subject)
{
    protected override async ValueTask<SlotValue> AskAsync(INameService names, string name, CancellationToken cancellationToken)
    {
        var answer = await names.AskAsync(new NameQuestion(name, NameRecordKind.Mx), cancellationToken).ConfigureAwait(false);
        return answer.Outcome == NameOutcome.Failed ? SlotValue.FailedBy(answer.Error) : Truth(answer.Records.Any(exchange => exchange != "."));
    }
}

/// <summary><c>resolves(host)</c>: it has an IPv4 or an IPv6 address.</summary>
internal sealed class ResolvesSource(int index, SlotLifetime lifetime, string written, Expression<string> subject)
    : NameTruthSource(index, lifetime, "resolves", written, subject)
{
    protected override async ValueTask<SlotValue> AskAsync(INameService names, string name, CancellationToken cancellationToken)
    {
        var first = await names.AskAsync(new NameQuestion(name, NameRecordKind.A), cancellationToken).ConfigureAwait(false);
        if (first.Outcome is NameOutcome.Found or NameOutcome.NotFound)
        {
            // A name that does not exist has no other records either (RFC 8020).
            return Truth(first.Outcome == NameOutcome.Found);
        }

        var second = await names.AskAsync(new NameQuestion(name, NameRecordKind.Aaaa), cancellationToken).ConfigureAwait(false);
        return second.Outcome switch
        {
            NameOutcome.Found => Truth(true),
            NameOutcome.Failed => SlotValue.FailedBy(second.Error),
            _ => first.Outcome == NameOutcome.Failed ? SlotValue.FailedBy(first.Error) : Truth(false),
        };
    }
}

/// <summary><c>fcrdns</c>: a name that the client's address claims has that address (RFC 8601 2.7.3).</summary>
internal sealed class ConfirmedNameSource(int index, string written) : TruthSource(index, SlotLifetime.Connection, written, null)
{
    /// <summary>Further names are not looked at, as with SPF's ptr (RFC 7208 4.6.4): an address may claim thousands.</summary>
    private const int MostNames = 10;

    protected override string AskedAbout(string subjectText) => Written;

    protected override SlotValue? KnownOf(Transaction transaction, string asked) =>
        transaction.Connection.Client.Address is not { } address || PrivateNetworks.Contain(address) ? Truth(false) : null;

    protected override async ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken)
    {
        var address = context.Transaction.Connection.Client.Address!;
        var pointers = await names.AskAsync(new NameQuestion(HostName.Pointer(address), NameRecordKind.Ptr), cancellationToken).ConfigureAwait(false);
        if (pointers.Outcome == NameOutcome.Failed)
        {
            return SlotValue.FailedBy(pointers.Error);
        }

        var kind = address.AddressFamily == AddressFamily.InterNetwork ? NameRecordKind.A : NameRecordKind.Aaaa;
        var failure = string.Empty;
        foreach (var name in pointers.Records.Take(MostNames).Select(HostName.Read).OfType<string>())
        {
            var forward = await names.AskAsync(new NameQuestion(name, kind), cancellationToken).ConfigureAwait(false);
            if (forward.Records.Any(record => IPAddress.TryParse(record, out var found) && found.Equals(address)))
            {
                return Truth(true);
            }

            failure = forward.Outcome == NameOutcome.Failed ? forward.Error : failure;
        }

        return failure.Length > 0 ? SlotValue.FailedBy(failure) : Truth(false);
    }
}
