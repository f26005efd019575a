using System.Globalization;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal.Explanations;

/// <summary>One message, phase by phase. Short: what matched and decided; whole: also what did not, and why.</summary>
internal sealed class ExplanationWriter(TextWriter output, bool isWhole)
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
            output.WriteLine($"no rule matched{(isWhole ? string.Empty : "; -v shows why")}");
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
        output.WriteLine($"{string.Join(' ', client.Where(part => part.Length > 0))}{login}   <{sample.MailFrom}> -> {recipients}   {at}   revision {revision}");
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
            output.WriteLine($"{phase,-8} {each.Subject}");
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
            output.WriteLine($"{Indent}not reached: {string.Join(", ", rest)}");
        }

        foreach (var line in each.Decision.Errors)
        {
            output.WriteLine($"{Indent}failed: {line.Rule.Id} {line.Text}");
        }
    }

    private void WriteRule(RuleTrace rule, string phase)
    {
        var isMonitor = rule.Rule.Mode == PolicyMode.Monitor;
        var word = rule.HasMatched ? rule.Outcome == "continue" ? "matched" : isMonitor ? $"would {rule.Outcome}" : rule.Outcome.ToUpperInvariant() : "-";
        output.WriteLine($"{phase,-8} {word,-14} {rule.Rule.Id,-28} {rule.Rule.Span.FileAndLine}{(isMonitor ? " (monitor)" : string.Empty)}");
        if (!rule.HasMatched)
        {
            output.WriteLine($"{Indent}= {ExplanationLines.WhyNot(rule)}");
            return;
        }

        foreach (var line in ExplanationLines.Why(rule))
        {
            output.WriteLine($"{Indent}{line}");
        }
    }

    private void WriteEnd(PlayedMessage played)
    {
        foreach (var recipient in played.Events.Where(e => e.IsRefusal && e.Subject.Length > 0 && !ReferenceEquals(e, played.Final)))
        {
            output.WriteLine($"reply    {ReplyOf(recipient.Decision)}   for {recipient.Subject}");
        }

        output.WriteLine($"reply    {(played.IsRefused || played.Final.Decision.Verdict.Kind == VerdictKind.Accept ? ReplyOf(played.Final.Decision) : "none: the mail goes through")}");
        foreach (var modification in played.Final.Decision.Modifications)
        {
            output.WriteLine($"change   {ModificationText.Of(modification)}");
        }

        if (played.Final.Decision.QuarantineReason is { } reason)
        {
            output.WriteLine($"change   quarantine: {reason}");
        }

        if (isWhole)
        {
            var took = played.Events.OrderByDescending(e => e.Took).Take(3).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Phase.ToString().ToLowerInvariant()} {e.Took.TotalMicroseconds:0} µs"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"time     {played.Events.Sum(e => e.Took.TotalMicroseconds):0} µs with notes taken; most in {string.Join(", ", took)}"));
        }
    }

    private static string ReplyOf(Decision decision) => decision.Verdict.Kind switch
    {
        VerdictKind.Accept => "none: accepted, and no further rule asked",
        VerdictKind.Discard => "250: the mail vanishes",
        _ => decision.Verdict.Reply?.Show() ?? "the MTA\'s own",
    };
}
