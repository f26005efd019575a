using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Server;

/// <summary>One line a decision. Refusals and what monitor rules would have done are notices, the rest is info.</summary>
internal sealed partial class DecisionLog(ILogger<DecisionLog> logger)
{
    /// <summary>An event other than end of message: continue without a rule is not worth a line.</summary>
    public void Event(ISessionContext session, Decision decision)
    {
        if (ReferenceEquals(decision, Decision.Continue))
        {
            return;
        }

        var queueId = QueueId(session);
        Extras(session.Id, queueId, decision);
        if (decision.Rule is { } rule)
        {
            Decided(session.Id, queueId, decision, rule);
        }
    }

    /// <summary>The end of a message: one line whatever came of it.</summary>
    public void Message(ISessionContext session, Decision decision, string revision)
    {
        if (decision.Rule is null && logger.IsEnabled(LogLevel.Debug))
        {
            Log.Passed(logger, session.Id, QueueId(session), decision.Modifications.Count, revision);
        }

        Event(session, decision);
    }

    private static string QueueId(ISessionContext session) => session.Macros["i"] ?? string.Empty;

    private static string Text(SmtpReply? reply) =>
        reply is null ? string.Empty : $"{reply.Code} {reply.EnhancedCode} {string.Join(" / ", reply.Lines)}".Replace("  ", " ", StringComparison.Ordinal);

    private void Decided(string session, string queueId, Decision decision, RuleReference rule)
    {
        if (decision.IsSuppressed)
        {
            Log.Suppressed(logger, session, queueId, decision.Phase, decision.Outcome, rule.Policy, rule.Id);
            return;
        }

        switch (decision.Outcome)
        {
            case "tempfail" or "reject" or "discard":
                Log.Refused(logger, session, queueId, decision.Phase, decision.Outcome, rule.Policy, rule.Id, Text(decision.Verdict.Reply));
                break;
            case "quarantine":
                Log.Quarantined(logger, session, queueId, decision.Phase, rule.Policy, rule.Id, decision.QuarantineReason ?? string.Empty);
                break;
            default:
                Log.Passed(logger, session, queueId, decision.Phase, decision.Outcome, rule.Policy, rule.Id);
                break;
        }
    }

    private void Extras(string session, string queueId, Decision decision)
    {
        foreach (var line in decision.Logs)
        {
            Log.Written(logger, session, queueId, decision.Phase, line.Rule.Policy, line.Rule.Id, line.Text);
        }

        foreach (var error in decision.Errors)
        {
            Log.RuleFailed(logger, session, queueId, decision.Phase, error.Rule.Policy, error.Rule.Id, error.Text);
        }

        foreach (var would in decision.Would)
        {
            Log.Would(logger, session, queueId, decision.Phase, would.Outcome, would.Rule.Policy, would.Rule.Id, would.ReplyText);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Information, "{Session} {QueueId} {Phase}: {Outcome} by {Policy}/{Rule}: {Reply}")]
        public static partial void Refused(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string outcome, string policy, string rule, string reply);

        [LoggerMessage(201, LogLevel.Information, "{Session} {QueueId} {Phase}: quarantine by {Policy}/{Rule}: {Reason}")]
        public static partial void Quarantined(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string policy, string rule, string reason);

        [LoggerMessage(202, LogLevel.Debug, "{Session} {QueueId} {Phase}: {Outcome} by {Policy}/{Rule}")]
        public static partial void Passed(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string outcome, string policy, string rule);

        [LoggerMessage(203, LogLevel.Information, "{Session} {QueueId} {Phase}: {Outcome} by {Policy}/{Rule} suppressed: the MTA forbids it for local mail")]
        public static partial void Suppressed(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string outcome, string policy, string rule);

        [LoggerMessage(204, LogLevel.Information, "{Session} {QueueId} {Phase}: would {Outcome} by {Policy}/{Rule} (monitor): {Reply}")]
        public static partial void Would(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string outcome, string policy, string rule, string reply);

        [LoggerMessage(205, LogLevel.Debug, "{Session} {QueueId} Eom: continue, {Changes} changes, revision {Revision}")]
        public static partial void Passed(ILogger logger, string session, string queueId, int changes, string revision);

        [LoggerMessage(206, LogLevel.Information, "{Session} {QueueId} {Phase}: {Policy}/{Rule} says: {Text}")]
        public static partial void Written(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string policy, string rule, string text);

        [LoggerMessage(207, LogLevel.Warning, "{Session} {QueueId} {Phase}: {Policy}/{Rule} failed: {Text}")]
        public static partial void RuleFailed(ILogger logger, string session, string queueId, Policies.Mail.Phase phase, string policy, string rule, string text);
    }
}
