using System.Globalization;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.State;
using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Compares what became of a message with what was expected of it.</summary>
internal static class ExpectationCheck
{
    private const string Nothing = "none";

    /// <param name="bans">Ban and folded key of those that run now.</param>
    public static IEnumerable<(string What, string Expected, string Found)> Compare(
        Expectation expect, PlayedMessage played, IReadOnlyList<(string Name, string Key)> bans)
    {
        foreach (var difference in Decision(expect, played.Final, played))
        {
            yield return difference;
        }

        if (expect.Phase is { } phase && Word(played.Final) != phase.Value)
        {
            yield return ("phase", phase.Value, Word(played.Final));
        }

        foreach (var difference in Delivered(expect, played).Concat(Noted(expect, played)))
        {
            yield return difference;
        }

        foreach (var (ban, keys) in expect.Bans)
        {
            var running = bans.Where(found => Names.Match(ban.Value, found.Name)).Select(found => found.Key).ToArray();
            var missing = keys.Where(key => !running.Contains(KeyFolding.Fold(key), StringComparer.Ordinal)).ToArray();
            if (missing.Length > 0 || (keys.Count == 0 && running.Length > 0))
            {
                yield return ($"bans.{ban.Value}", Shown(keys), Shown(running.Select(key => key.Replace(KeyFolding.Separator, ','))));
            }
        }
    }

    private static IEnumerable<(string What, string Expected, string Found)> Decision(Expectation expect, PlayedEvent final, PlayedMessage? whole)
    {
        var found = final.Decision.Outcome is "skip" ? "continue" : final.Decision.Outcome;
        if (expect.Verdict is { } verdict && !IsVerdict(verdict.Value, found, whole))
        {
            yield return ("verdict", verdict.Value, found);
        }

        if (expect.Rule is { } rule && !IsRule(rule.Value, final, whole))
        {
            yield return ("rule", rule.Value.Length == 0 ? Nothing : rule.Value, final.Decision.Rule?.Id ?? Nothing);
        }

        var reply = final.Decision.Verdict.Reply?.Show() ?? string.Empty;
        if (expect.Reply is { } text && (text.Value.Length == 0 ? reply.Length > 0 : !reply.Contains(text.Value, StringComparison.Ordinal)))
        {
            yield return ("reply", text.Value.Length == 0 ? Nothing : text.Value, reply.Length == 0 ? Nothing : reply);
        }
    }

    private static bool IsVerdict(string expected, string found, PlayedMessage? whole) => expected switch
    {
        "continue" => found is "continue" or "allow",
        "allow" => found == "allow" || (whole is { IsAllowed: true } && found == "continue"),
        "greylist" => found == "tempfail",
        _ => found == expected,
    };

    private static bool IsRule(string expected, PlayedEvent final, PlayedMessage? whole)
    {
        if (expected.Length == 0)
        {
            return final.Decision.Rule is null;
        }

        if (final.Decision.Rule is { } rule && Names.Match(expected, rule))
        {
            return true;
        }

        // A rule that only changes or notes something does not decide; having fired it did what was expected.
        return whole is not null && final.Decision.Verdict.Kind == VerdictKind.Continue
            && whole.Events.SelectMany(e => e.Rules).Any(fired => fired.HasMatched && Names.Match(expected, fired.Rule));
    }

    private static IEnumerable<(string What, string Expected, string Found)> Delivered(Expectation expect, PlayedMessage played)
    {
        var delivered = DeliveredMessage.Of(played);
        foreach (var (name, value) in expect.Headers ?? [])
        {
            var found = delivered.Headers.Where(h => string.Equals(h.Name, name.Value, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToArray();
            if (value.Length == 0 ? found.Length > 0 : !found.Contains(value, StringComparer.Ordinal))
            {
                yield return ($"headers.{name.Value}", value.Length == 0 ? Nothing : value, Shown(found));
            }
        }

        if (expect.Recipients is { } recipients && !recipients.Select(r => r.Value).Order(StringComparer.OrdinalIgnoreCase)
            .SequenceEqual(delivered.Recipients.Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase))
        {
            yield return ("recipients", Shown(recipients.Select(r => r.Value)), Shown(delivered.Recipients));
        }

        if (expect.Sender is { } sender && !string.Equals(sender.Value, delivered.Sender, StringComparison.OrdinalIgnoreCase))
        {
            yield return ("sender", sender.Value, delivered.Sender);
        }

        foreach (var (recipient, each) in expect.EachRecipient)
        {
            if (played.RecipientEvent(recipient.Value) is not { } asked)
            {
                yield return ($"recipients.{recipient.Value}", each.Verdict?.Value ?? "an answer", "it was not reached");
                continue;
            }

            foreach (var (what, expected, found) in Decision(each, asked, null))
            {
                yield return ($"recipients.{recipient.Value}.{what}", expected, found);
            }
        }
    }

    private static IEnumerable<(string What, string Expected, string Found)> Noted(Expectation expect, PlayedMessage played)
    {
        var would = played.Would.DistinctBy(one => one.Rule.Span).ToArray();
        if (expect.Would is { } named && !(named.Count == would.Length && named.All(each => would.Any(one => IsMeant(each, one)))))
        {
            var saysVerdicts = named.Any(each => each.Verdict is not null);
            yield return (
                "would",
                Shown(named.Select(each => each.Verdict is { } verdict ? $"{each.Rule.Value} {verdict}" : each.Rule.Value)),
                Shown(would.Select(one => saysVerdicts ? $"{one.Rule.Id} {one.Outcome}" : one.Rule.Id)));
        }

        var told = played.Notices.Select(notice => notice.Target).ToArray();
        if (expect.Notices is { } targets && !targets.Select(t => t.Value).Order(StringComparer.Ordinal).SequenceEqual(told.Order(StringComparer.Ordinal), StringComparer.Ordinal))
        {
            yield return ("notices", Shown(targets.Select(t => t.Value)), Shown(told));
        }

        foreach (var (counter, value) in expect.Counters)
        {
            var hits = played.Events.SelectMany(e => e.Hits).Where(hit => Names.Match(counter.Value, hit.Counter)).ToArray();
            var found = hits.LastOrDefault(hit => !hit.IsShadow) ?? hits.LastOrDefault();
            if (Math.Abs((found?.Value ?? 0) - value) > 1e-9)
            {
                yield return ($"counters.{counter.Value}", Number(value), found is null ? "0 (not counted)" : Number(found.Value));
            }
        }
    }

    private static bool IsMeant(ExpectedWould expected, WouldHave found) =>
        Names.Match(expected.Rule.Value, found.Rule) && (expected.Verdict is not { } verdict || IsVerdict(verdict, found.Outcome, null));

    private static string Word(PlayedEvent played) => played.Phase.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Shown(IEnumerable<string> texts) => string.Join(", ", texts) is { Length: > 0 } all ? all : Nothing;
}
