using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Lookups;

/// <summary>What was looked up, for the decision log: names that replays ask with, text or truth, null for what failed.</summary>
internal static class LookupValues
{
    public static IEnumerable<(string Name, object? Value)> Of(IReadOnlyList<LookupSource> sources, Transaction transaction)
    {
        foreach (var source in sources)
        {
            switch (source.Lifetime)
            {
                case SlotLifetime.Connection when Found(source, transaction.Connection.Slots, out _, out var value):
                    yield return (source.Written, value);
                    break;
                case SlotLifetime.Message when Found(source, transaction.Message.Slots, out _, out var value):
                    yield return (source.Written, value);
                    break;
                case SlotLifetime.Recipient:
                    foreach (var (name, value) in OfRecipients(source, transaction).DistinctBy(found => found.Name, StringComparer.OrdinalIgnoreCase))
                    {
                        yield return (name, value);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Each by what was asked, since they differ.</summary>
    private static IEnumerable<(string Name, object? Value)> OfRecipients(LookupSource source, Transaction transaction)
    {
        foreach (var recipient in transaction.Recipient is { } one ? [one] : transaction.Message.Recipients)
        {
            if (Found(source, recipient.Slots, out var subject, out var value))
            {
                yield return (source.Asked(subject), value);
            }
        }
    }

    private static bool Found(LookupSource source, SlotTable slots, out string subject, out object? value)
    {
        var slot = source.FoundIn(slots);
        subject = slot.Subject ?? string.Empty;
        value = slot switch
        {
            { Status: EvaluationStatus.Known, Text: { } text } => text,
            { Status: EvaluationStatus.Known } => slot.Number > 0,
            _ => null,
        };
        return slot.Status != EvaluationStatus.Pending;
    }
}
