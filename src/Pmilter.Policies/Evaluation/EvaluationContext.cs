using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Evaluation;

/// <summary>What nodes read: the transaction, the time of the event, counters' readings and looked-up facts. One a connection, reused.</summary>
public sealed class EvaluationContext(Transaction transaction)
{
    public Transaction Transaction { get; } = transaction;

    /// <summary>Fixed for one event.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary><c>server.zone</c>: for hour, weekday, time_between.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>During this event the shared store did not answer, a local one did.</summary>
    public bool IsDegraded { get; set; }

    /// <summary>A recipient of a local submission, which the MTA forbids to refuse.</summary>
    internal bool IsLocalRecipient => Transaction is { Phase: Phase.Rcpt, Connection.Client.IsLocal: true };

    /// <summary>Now in the server's zone.</summary>
    internal DateTimeOffset LocalNow => TimeZoneInfo.ConvertTime(Now, Zone);

    /// <summary>A monitor rule is being evaluated: it reads the shadow layer.</summary>
    public bool IsShadow { get; set; }

    /// <summary>The text of the SMTP reply or the values of the deciding rule, for templates; null outside.</summary>
    public TemplateValues Template { get; } = new();

    /// <summary>The counters' readings of the running event, by the index of the counter in the set; NaN where the counter did not count.</summary>
    internal CounterReadings Readings { get; } = new();

    /// <summary>Facts that live for one event.</summary>
    internal SlotTable EventSlots { get; } = new();

    /// <summary>For looking up one fact at a time.</summary>
    internal KeyText LookupKeys { get; } = new();

    internal State.StateBatch LookupBatch { get; } = new();

    /// <summary>Takes notes for explanations; null in normal runs.</summary>
    internal Tracing.EvaluationTrace? Trace { get; set; }

    /// <summary>Notes facts that nobody knows, in replays; null in normal runs.</summary>
    internal Tracing.FactWatch? Watch { get; set; }

    /// <summary>Answers the DNS' facts; null where nobody may be asked.</summary>
    internal Facts.INameService? Names { get; init; }

    /// <summary>Answers that somebody gave, in tests, explanations and replays; null in normal runs.</summary>
    internal Facts.GivenFacts? Given { get; set; }

    /// <summary>Set by a node that answered Pending: who can resolve it, and where the answer goes.</summary>
    internal SlotSource? PendingSource { get; set; }

    internal SlotTable? PendingTable { get; set; }

    /// <summary>The recipient that a Pending node asked about; the source makes its key with it.</summary>
    internal RecipientFacts? PendingRecipient { get; set; }

    /// <summary>The part that it asked about.</summary>
    internal Mail.Content.ContentPart? PendingPart { get; set; }
}
