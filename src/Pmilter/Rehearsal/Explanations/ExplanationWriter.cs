using System.Globalization;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Replies;
using Pmilter.Screen;

namespace Pmilter.Rehearsal.Explanations;

/// <summary>One message, phase by phase. Short: what matched and decided; whole: also what did not, and why.</summary>
internal sealed class ExplanationWriter(Page output, bool isWhole)
{
    private const string Indent = "         ";

    public void Write(PlayedMessage played, string revision)
    {
        WriteHead(played, revision);
        foreach (var each in played.Events)
        {
            WriteEvent(each);
        }

        if (!played.Events.Any(IsWorthALine))
        {
            output.Line($"no rule matched{(isWhole ? string.Empty : "; -v shows why")}");
        }

        WriteEnd(played);
    }

    /// <summary>Who sent what to whom, when.</summary>
    private void WriteHead(PlayedMessage played, string revision)
    {
        var sample = played.Sample;
        string[] client = [sample.Origin == "local" ? "local" : sample.ClientIp, sample.ClientName, sample.Place?.Country ?? string.Empty];
        var recipients = sample.Recipients.Count switch
        {
            0 => "nobody",
            1 => $"<{sample.Recipients[0]}>",
            _ => string.Create(CultureInfo.InvariantCulture, $"<{sample.Recipients[0]}> and {sample.Recipients.Count - 1} more"),
        };
        var login = sample.Macros.GetValueOrDefault("auth_authen") is { Length: > 0 } name ? $" login {name}" : string.Empty;
        var at = played.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        output.Line($"{string.Join(' ', client.Where(part => part.Length > 0))}{login}   <{sample.MailFrom}> -> {recipients}   {at}   {Toned.Dim($"revision {revision}")}");
    }

    private bool IsWorthALine(PlayedEvent each) =>
        each.Rules.Any(rule => rule.HasMatched || rule.State == RuleState.Failed) || each.Decision.Errors.Count > 0 || (isWhole && each.Rules.Count > 0);

    private void WriteEvent(PlayedEvent each)
    {
        if (!IsWorthALine(each))
        {
            return;
        }

        var phase = each.Phase.ToString().ToLowerInvariant();
        if (each.Subject.Length > 0)
        {
            output.Line($"{phase,-8} {each.Subject}");
            phase = string.Empty;
        }

        foreach (var rule in each.Rules.Where(rule => isWhole || rule.HasMatched || rule.State == RuleState.Failed))
        {
            WriteRule(rule, phase);
            phase = string.Empty;
        }

        var rest = each.Rules.Where(rule => rule.State == RuleState.NotReached).Select(rule => rule.Rule.Id).ToArray();
        if (rest.Length > 0 && !isWhole)
        {
            output.Line($"{Indent}{Toned.Dim($"not reached: {string.Join(", ", rest)}")}");
        }

        foreach (var notice in each.Decision.Notices)
        {
            output.Line($"{Indent}{Toned.Strong("notice:")} {notice.Target} {notice.Text}");
        }

        foreach (var would in each.Decision.Would.Where(would => would.Outcome == "notify"))
        {
            output.Line($"{Indent}would notify {would.ReplyText}");
        }

        foreach (var line in each.Decision.Errors)
        {
            output.Line($"{Indent}{Toned.Bad("failed:")} {line.Rule.Id} {line.Text}");
        }
    }

    private void WriteRule(RuleTrace rule, string phase)
    {
        var isMonitor = rule.Rule.Mode == PolicyMode.Monitor;
        var word = rule.HasMatched ? rule.Outcome == "continue" ? "matched" : isMonitor ? $"would {rule.Outcome}" : rule.Outcome.ToUpperInvariant() : "-";
        output.Line($"{phase,-8} {Toned.Verdict(word),-14} {Toned.Strong(rule.Rule.Id),-28} {Toned.Dim(rule.Rule.Span.FileAndLine)}{(isMonitor ? " (monitor)" : string.Empty)}");
        if (!rule.HasMatched)
        {
            output.Line($"{Indent}= {ExplanationLines.WhyNot(rule)}");
            return;
        }

        foreach (var line in ExplanationLines.Why(rule))
        {
            output.Line($"{Indent}{line}");
        }
    }

    private void WriteEnd(PlayedMessage played)
    {
        foreach (var recipient in played.Events.Where(e => e.IsRefusal && e.Subject.Length > 0 && !ReferenceEquals(e, played.Final)))
        {
            output.Line($"reply    {ReplyOf(recipient.Decision)}   for {recipient.Subject}");
        }

        output.Line($"reply    {(played.IsRefused || played.Final.Decision.Verdict.Kind == VerdictKind.Accept ? ReplyOf(played.Final.Decision) : Toned.Good("none: the mail goes through"))}");
        foreach (var modification in played.Final.Decision.Modifications)
        {
            output.Line($"change   {ModificationText.Of(modification)}");
        }

        if (played.Final.Decision.QuarantineReason is { } reason)
        {
            output.Line($"change   {Toned.Warning("quarantine:")} {reason}");
        }

        foreach (var lookup in played.Missed)
        {
            output.Line($"{Toned.Warning("unknown")}  {lookup}: nobody was asked, and the rule's on_error decided; give it with --fact \"{lookup}=…\", or ask with --live-dns");
        }

        if (isWhole)
        {
            var took = played.Events.OrderByDescending(e => e.Took).Take(3).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Phase.ToString().ToLowerInvariant()} {e.Took.TotalMicroseconds:0} µs"));
            output.Line($"time     {played.Events.Sum(e => e.Took.TotalMicroseconds):0} µs with notes taken; most in {string.Join(", ", took)}");
        }
    }

    private static Toned ReplyOf(Decision decision) => decision.Verdict.Kind switch
    {
        VerdictKind.Accept => Toned.Good("none: accepted, and no further rule asked"),
        VerdictKind.Discard => Toned.Bad("250: the mail vanishes"),
        _ => Toned.Bad(decision.Verdict.Reply?.Show() ?? "the MTA's own"),
    };
}
