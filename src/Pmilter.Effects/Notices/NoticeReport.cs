namespace Pmilter.Effects.Notices;

/// <summary>What a target is told. Texts are Unicode without lone surrogates; what is not known is empty.</summary>
public sealed record NoticeReport
{
    /// <summary>Unique: a target that gets it twice (an answer was lost) can tell.</summary>
    public required string Id { get; init; }

    /// <summary>The target's name in pmilter.yaml.</summary>
    public required string Target { get; init; }

    /// <summary>The server that sends it.</summary>
    public required string Host { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>One or more lines for a person.</summary>
    public required string Text { get; init; }

    /// <summary><c>ban hold rule fuse test</c>.</summary>
    public required string Event { get; init; }

    /// <summary>The ban or hold that began, with its policy; of a rule its own name.</summary>
    public string Subject { get; init; } = string.Empty;

    /// <summary>Whom it met, part by part.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>When the ban or hold ends; null where nothing ends by itself.</summary>
    public DateTimeOffset? Until { get; init; }

    public string Policy { get; init; } = string.Empty;

    public string Rule { get; init; } = string.Empty;

    /// <summary><c>continue tempfail reject …</c>.</summary>
    public string Verdict { get; init; } = string.Empty;

    public string Phase { get; init; } = string.Empty;

    public string DecisionId { get; init; } = string.Empty;

    /// <summary>The counter of the rule's limit; empty for a rule without one.</summary>
    public string Counter { get; init; } = string.Empty;

    public double Count { get; init; }

    public double Max { get; init; }

    public string Client { get; init; } = string.Empty;

    public string Country { get; init; } = string.Empty;

    public string MailFrom { get; init; } = string.Empty;

    public string Recipient { get; init; } = string.Empty;

    public string SaslLogin { get; init; } = string.Empty;

    public string QueueId { get; init; } = string.Empty;

    /// <summary>Notices to this target since the last one that were not sent: too many at once, or the target was away too long.</summary>
    public long LeftOut { get; init; }
}
