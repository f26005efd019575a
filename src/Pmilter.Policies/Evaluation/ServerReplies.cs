using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>The replies of rules that have no text of their own, ready to be sent; null where the text makes none.</summary>
internal sealed class ServerReplies(string tempfailText, string rejectText)
{
    public string TempfailText => tempfailText;

    public string RejectText => rejectText;

    public SmtpReply? Tempfail { get; } = ReplyComposer.Default(tempfailText, 451);

    public SmtpReply? Reject { get; } = ReplyComposer.Default(rejectText, 550);
}
