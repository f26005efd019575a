using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal.Tests;

/// <summary>An expectation that names what is not there could never fail, or never pass: an error.</summary>
internal sealed class ExpectationNames(PolicySet set, DiagnosticBag diagnostics)
{
    private readonly RuleSummary[] _rules = [.. set.Rules.Where(rule => rule.Rule.Mode != PolicyMode.Off)];

    public void Check(PolicyTest test)
    {
        foreach (var entry in test.Send)
        {
            if (entry.Expect is { } expect)
            {
                Check(expect, entry);
            }
        }
    }

    private void Check(Expectation expect, SendEntry entry)
    {
        CheckRule(expect.Rule, PolicyMode.Enforce, "write would: [rule], or enforce it");
        foreach (var would in expect.Would ?? [])
        {
            CheckRule(would.Rule, PolicyMode.Monitor, "write rule: and verdict: for a rule that is in force");
        }

        foreach (var (recipient, each) in expect.EachRecipient)
        {
            CheckRule(each.Rule, PolicyMode.Enforce, "an enforced rule is meant");
            if (!entry.Message.Recipients.Contains(recipient.Value, StringComparer.OrdinalIgnoreCase))
            {
                diagnostics.Add(TestDiagnostics.NotARecipient(recipient.Span, recipient.Value));
            }
        }

        foreach (var target in (expect.Notices ?? []).Where(target => !set.NoticeTargets.Contains(target.Value, StringComparer.Ordinal)))
        {
            diagnostics.Add(TestDiagnostics.UnknownName(target.Span, "target", target.Value, set.NoticeTargets));
        }

        foreach (var (counter, _) in expect.Counters)
        {
            CheckName("counter", counter, [.. set.State.Counters.Select(known => known.Name)]);
        }

        foreach (var (ban, _) in expect.Bans)
        {
            CheckName("ban", ban, [.. set.State.Bans.Select(known => known.Name)]);
        }
    }

    private void CheckRule(Located<string>? name, PolicyMode mode, string hint)
    {
        if (name is null || name.Value.Length == 0)
        {
            return;
        }

        var named = _rules.Where(rule => Names.Match(name.Value, rule.Rule)).ToArray();
        if (named.Length == 0)
        {
            diagnostics.Add(TestDiagnostics.UnknownRule(name.Span, name.Value, [.. _rules.Select(rule => rule.Rule.Id)]));
        }
        else if (named.All(rule => rule.Rule.Mode != mode))
        {
            diagnostics.Add(TestDiagnostics.WrongMode(name.Span, name.Value, named[0].Rule.Mode.ToString().ToLowerInvariant(), hint));
        }
    }

    private void CheckName(string what, Located<string> name, string[] known)
    {
        if (!known.Any(full => Names.Match(name.Value, full)))
        {
            diagnostics.Add(TestDiagnostics.UnknownName(name.Span, what, name.Value, [.. known.Where(full => !full.Contains('~', StringComparison.Ordinal)).Select(full => full[(full.IndexOf('/', StringComparison.Ordinal) + 1)..])]));
        }
    }
}

/// <summary>A short name, or one with its policy: <c>policy/name</c>.</summary>
internal static class Names
{
    public static bool Match(string written, RuleReference rule) => Match(written, $"{rule.Policy}/{rule.Id}");

    public static bool Match(string written, string full) =>
        string.Equals(written, full, StringComparison.Ordinal) || full.EndsWith($"/{written}", StringComparison.Ordinal);
}
