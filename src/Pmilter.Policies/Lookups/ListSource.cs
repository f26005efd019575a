using System.Net;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Lookups;

/// <summary>
/// <c>dnsbl('zone')</c>, <c>dnswl('zone')</c> (RFC 5782): the address back to front, or the domain, before the zone. An entry is a record within
/// 127.0.0.0/8; of several the lowest is the fact, so that it is the same each time.
/// </summary>
internal sealed class ListSource(int index, SlotLifetime lifetime, string function, string zone, string written, Expression<string>? subject)
    : LookupSource(index, lifetime, written, subject)
{
    private static readonly IPNetwork Entries = IPNetwork.Parse("127.0.0.0/8");

    /// <summary>Spamhaus' and others': the question was refused (public resolver, too many questions, a typing error in the zone).</summary>
    private static readonly IPNetwork Refusals = IPNetwork.Parse("127.255.255.0/24");

    private readonly bool _isOfClient = subject is null;

    protected override string AskedAbout(string subjectText) => ExpressionPrinter.Call(function, zone, subjectText);

    protected override SlotValue? KnownOf(Transaction transaction, string asked) =>
        NameOf(transaction, asked) is null ? SlotValue.Of(string.Empty) : null;

    protected override async ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken)
    {
        var answer = await names.AskAsync(new NameQuestion(NameOf(context.Transaction, asked)!, NameRecordKind.A, zone), cancellationToken).ConfigureAwait(false);
        return answer.Outcome switch
        {
            NameOutcome.Failed => SlotValue.FailedBy(answer.Error),
            NameOutcome.Found => Entry(names, answer.Records),
            _ => SlotValue.Of(string.Empty),
        };
    }

    protected override SlotValue Read(string given) => SlotValue.Of(given);

    private SlotValue Entry(INameService names, IReadOnlyList<string> records)
    {
        IPAddress? lowest = null;
        foreach (var record in records)
        {
            if (!IPAddress.TryParse(record, out var address) || !Entries.Contains(address))
            {
                // A resolver that answers every name, or a zone that was sold.
                names.Doubt(zone, $"{record}, which is no entry: it is taken as not listed");
                continue;
            }

            if (Refusals.Contains(address))
            {
                names.Doubt(zone, $"{record}: it refuses the questions of this resolver");
                return SlotValue.FailedBy($"{zone} answers {record}: it refuses the questions of this resolver");
            }

            lowest = lowest is null || Order(address) < Order(lowest) ? address : lowest;
        }

        if (lowest is not null)
        {
            names.Trust(zone);
        }

        return SlotValue.Of(lowest?.ToString() ?? string.Empty);
    }

    /// <summary>Null where there is nothing to ask: no public address, no name.</summary>
    private string? NameOf(Transaction transaction, string asked)
    {
        var address = _isOfClient ? transaction.Connection.Client.Address : Networks.TryParseAddress(asked);
        if (address is not null)
        {
            return PrivateNetworks.Contain(address) ? null : $"{HostName.Reversed(address)}.{zone}";
        }

        return !_isOfClient && HostName.Read(asked) is { } domain && domain.Length + zone.Length < HostName.MostCharacters ? $"{domain}.{zone}" : null;
    }

    private static uint Order(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
