using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Server;

/// <summary>One line a decision. Refusals and what monitor rules would have done are notices, the rest is info.</summary>
internal sealed partial class DecisionLog(ILogger<DecisionLog> logger)
{
    /// <summary>An event other than end of message: continue without a rule is not worth a line.</summary>
    public void Event(ISessionContext session, Transaction transaction, Decision decision)
    {
        if (ReferenceEquals(decision, Decision.Continue) || !logger.IsEnabled(LogLevel.Warning))
        {
            return;
        }

        var subject = DecisionSubject.Of(session, transaction);
        var phase = decision.Phase.ToString().ToLowerInvariant();
        Extras(subject, phase, decision);
        if (decision.Rule is { } rule)
        {
            Decided(subject, phase, decision, rule);
        }
    }

    /// <summary>The end of a message: one line whatever came of it.</summary>
    public void Message(ISessionContext session, Transaction transaction, Decision decision, string revision)
    {
        if (decision.Rule is null && logger.IsEnabled(LogLevel.Debug))
        {
            var s = DecisionSubject.Of(session, transaction);
            Log.Unmatched(logger, s.Session, s.QueueId, decision.Modifications.Count, revision, s.Client, s.Country, s.Sender, s.Recipient);
        }

        Event(session, transaction, decision);
    }

    private void Decided(DecisionSubject s, string phase, Decision decision, RuleReference rule)
    {
        var (level, text) = decision switch
        {
            { IsSuppressed: true } => (LogLevel.Information, "suppressed: the MTA forbids it for local mail"),
            { Outcome: "tempfail" or "reject" or "discard" } => (LogLevel.Information, decision.Verdict.Reply?.Show() ?? string.Empty),
            { Outcome: "quarantine" } => (LogLevel.Information, decision.QuarantineReason ?? string.Empty),
            _ => (LogLevel.Debug, string.Empty),
        };
        text = decision.IsDegraded ? $"{text} (degraded: local)" : text;
        Log.Decided(logger, level, s.Session, s.QueueId, phase, decision.Outcome, rule.Policy, rule.Id, text, s.Client, s.Country, s.Sender, s.Recipient);
    }

    private void Extras(DecisionSubject s, string phase, Decision decision)
    {
        foreach (var line in decision.Logs)
        {
            Log.Written(logger, s.Session, s.QueueId, phase, line.Rule.Policy, line.Rule.Id, line.Text, s.Client, s.Country, s.Sender, s.Recipient);
        }

        foreach (var error in decision.Errors)
        {
            Log.RuleFailed(logger, error.IsToldElsewhere ? LogLevel.Information : LogLevel.Warning, s.Session, s.QueueId, phase, error.Rule.Policy, error.Rule.Id, error.Text, s.Client, s.Country, s.Sender, s.Recipient);
        }

        foreach (var spared in decision.Protected)
        {
            Log.Protected(logger, s.Session, s.QueueId, phase, spared.Outcome, spared.Rule.Policy, spared.Rule.Id, spared.Party.ToString(), s.Client, s.Country, s.Sender, s.Recipient);
        }

        foreach (var would in decision.Would)
        {
            Log.Would(
                logger, s.Session, s.QueueId, phase, would.Outcome, would.Rule.Policy, would.Rule.Id, would.ReplyText, s.Client, s.Country, s.Sender, s.Recipient);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 200, Message = "{Session} {QueueId} {Phase}: {Outcome} by {Policy}/{Rule}: {Reply} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void Decided(
            ILogger logger, LogLevel level, string session, string queueId, string phase, string outcome, string policy, string rule, string reply,
            string client, string country, string sender, string recipient);

        [LoggerMessage(204, LogLevel.Information, "{Session} {QueueId} {Phase}: would {Outcome} by {Policy}/{Rule} (monitor): {Reply} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void Would(
            ILogger logger, string session, string queueId, string phase, string outcome, string policy, string rule, string reply,
            string client, string country, string sender, string recipient);

        [LoggerMessage(700, LogLevel.Information, "{Session} {QueueId} {Phase}: protected from {Outcome} by {Policy}/{Rule}: {Why} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void Protected(
            ILogger logger, string session, string queueId, string phase, string outcome, string policy, string rule, string why,
            string client, string country, string sender, string recipient);

        [LoggerMessage(205, LogLevel.Debug, "{Session} {QueueId} eom: continue, {Changes} changes, revision {Revision} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void Unmatched(
            ILogger logger, string session, string queueId, int changes, string revision, string client, string country, string sender, string recipient);

        [LoggerMessage(206, LogLevel.Information, "{Session} {QueueId} {Phase}: {Policy}/{Rule} says: {Text} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void Written(
            ILogger logger, string session, string queueId, string phase, string policy, string rule, string text,
            string client, string country, string sender, string recipient);

        [LoggerMessage(EventId = 207, Message = "{Session} {QueueId} {Phase}: {Policy}/{Rule} failed: {Text} | {Client} {Country} {Sender} -> {Recipient}")]
        public static partial void RuleFailed(
            ILogger logger, LogLevel level, string session, string queueId, string phase, string policy, string rule, string text,
            string client, string country, string sender, string recipient);
    }
}
