using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal;

/// <summary>A reply as the SMTP client sees it.</summary>
internal static class ReplyText
{
    public static string Of(SmtpReply? reply) => reply is null ? string.Empty
        : $"{reply.Code} {reply.EnhancedCode} {string.Join(" / ", reply.Lines)}".Replace("  ", " ", StringComparison.Ordinal);
}
