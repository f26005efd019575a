namespace Pmilter.Protocol.Replies;

/// <summary>What the MTA is told to do with the event.</summary>
public enum VerdictKind
{
    /// <summary>SMFIR_CONTINUE.</summary>
    Continue,

    /// <summary>SMFIR_ACCEPT: at connect and helo the whole connection, elsewhere the whole message, rcpt included.</summary>
    Accept,

    /// <summary>SMFIR_REJECT, or SMFIR_REPLYCODE with a 5xx text.</summary>
    Reject,

    /// <summary>SMFIR_TEMPFAIL, or SMFIR_REPLYCODE with a 4xx text.</summary>
    Tempfail,

    /// <summary>SMFIR_DISCARD: accepted and thrown away.</summary>
    Discard,

    /// <summary>SMFIR_SKIP: no more events of this kind for this message; continue where it was not offered.</summary>
    Skip,
}

/// <summary>The one answer to one event.</summary>
public readonly record struct Verdict
{
    private Verdict(VerdictKind kind, SmtpReply? reply)
    {
        Kind = kind;
        Reply = reply;
    }

    /// <summary>What to do.</summary>
    public VerdictKind Kind { get; }

    /// <summary>The SMTP reply; null lets the MTA use its own text. Only with reject (5xx) and tempfail (4xx).</summary>
    public SmtpReply? Reply { get; }

    public static Verdict Continue => default;

    public static Verdict Accept => new(VerdictKind.Accept, null);

    public static Verdict Discard => new(VerdictKind.Discard, null);

    public static Verdict Skip => new(VerdictKind.Skip, null);

    /// <exception cref="ArgumentException">The reply's code is not 5xx.</exception>
    public static Verdict Reject(SmtpReply? reply = null) => new(VerdictKind.Reject, Checked(reply, 5));

    /// <exception cref="ArgumentException">The reply's code is not 4xx.</exception>
    public static Verdict Tempfail(SmtpReply? reply = null) => new(VerdictKind.Tempfail, Checked(reply, 4));

    private static SmtpReply? Checked(SmtpReply? reply, int expectedClass) =>
        reply is null || reply.Code / 100 == expectedClass
            ? reply
            : throw new ArgumentException($"The reply's code is {reply.Code}; expected {expectedClass}xx.", nameof(reply));
}

/// <summary>The answer at end of message: changes in their order, an optional quarantine, then the verdict.</summary>
/// <param name="Verdict">Not skip.</param>
/// <param name="Modifications">In written order; sent only with continue and accept.</param>
/// <param name="QuarantineReason">Not empty when given; sent after the modifications, with continue or accept.</param>
public sealed record MessageVerdict(Verdict Verdict, IReadOnlyList<Modification> Modifications, string? QuarantineReason)
{
    /// <summary>Continue and change nothing.</summary>
    public static MessageVerdict Continue { get; } = new(Verdict.Continue, [], null);
}
