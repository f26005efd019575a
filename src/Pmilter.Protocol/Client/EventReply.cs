using System.Globalization;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>What the filter answered to one event.</summary>
/// <param name="Code">None: no reply was due, or the event was not sent at all.</param>
/// <param name="Text">The SMTP reply of <see cref="ReplyCode.ReplyCode"/> with halved percent signs, lines ended by CRLF; else null.</param>
public readonly record struct EventReply(ReplyCode Code, string? Text)
{
    /// <summary>The three digits of <see cref="Text"/>; 0 without one.</summary>
    public int SmtpCode => Text is { Length: >= 3 } ? int.Parse(Text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    /// <summary>What the MTA would do.</summary>
    public VerdictKind Kind => Code switch
    {
        ReplyCode.Accept => VerdictKind.Accept,
        ReplyCode.Reject => VerdictKind.Reject,
        ReplyCode.Tempfail => VerdictKind.Tempfail,
        ReplyCode.Discard => VerdictKind.Discard,
        ReplyCode.Skip => VerdictKind.Skip,
        ReplyCode.ReplyCode => SmtpCode >= 500 ? VerdictKind.Reject : VerdictKind.Tempfail,
        _ => VerdictKind.Continue,
    };

    /// <summary>Whether the event's matter goes on.</summary>
    public bool GoesOn => Kind is VerdictKind.Continue or VerdictKind.Skip;

    public override string ToString() => Text is null ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()} {Text}";
}

/// <summary>What the filter answered at end of message.</summary>
/// <param name="Verdict">The final one.</param>
/// <param name="Modifications">In the order in which they came.</param>
/// <param name="QuarantineReason">Null when the message is not held.</param>
/// <param name="ProgressCount">How often the filter asked for patience.</param>
public sealed record MessageReply(EventReply Verdict, IReadOnlyList<Modification> Modifications, string? QuarantineReason, int ProgressCount);
