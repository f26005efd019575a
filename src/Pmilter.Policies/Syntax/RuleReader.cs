using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads one rule; one that has no phase is checked and left out.</summary>
internal static class RuleReader
{
    private static readonly Dictionary<string, string> KeyHints = new(StringComparer.Ordinal)
    {
        ["if"] = "write when:",
        ["condition"] = "write when:",
        ["action"] = "write then:",
        ["actions"] = "write then:",
        ["steps"] = "write then:",
        ["name"] = "write id:",
        ["hold"] = "write limit: { counter, max, hold }",
        ["reject"] = "verdicts stand under then:",
        ["tempfail"] = "verdicts stand under then:",
        ["accept"] = "verdicts stand under then:",
    };

    public static RuleSyntax? Read(YamlMapping mapping, DiagnosticBag diagnostics)
    {
        var rule = new MappingReader(mapping, RuleKeys.Rule, diagnostics, KeyHints);
        var id = ReadId(rule);
        var phase = rule.Require("phase", "write phase: rcpt, eom, …") ? PhaseReader.Read(rule) : null;
        var when = rule.Expression("when");
        var unless = rule.Expression("unless");
        var limit = LimitReader.Read(rule);
        var then = rule.Require("then", "write then: and a list of steps") ? StepReader.Read(rule) : [];
        var mode = rule.Choice("mode", PolicyWords.Modes);
        var schedule = ScheduleReader.Read(rule);
        var from = ReadMoment(rule, "from");
        var until = ReadMoment(rule, "until");
        if (from is not null && until is not null && until.Value <= from.Value)
        {
            diagnostics.Add(ShapeDiagnostics.Conflict(until.Span, "the rule ends before it begins", "swap from and until"));
        }

        var onError = rule.Choice("on_error", PolicyWords.OnErrors);
        var timeout = rule.Duration("timeout");
        var includesProtected = rule.Choice("protected", PolicyWords.Include) is not null;
        var includesRefused = rule.Choice("mta_refused", PolicyWords.Include) is not null;
        ImmutableArray<string> tags = [.. rule.Scalars("tags", "a list of words").Select(scalar => scalar.Value)];
        var description = rule.Text("description")?.Value ?? string.Empty;
        var owner = rule.Text("owner")?.Value ?? string.Empty;
        return phase is null
            ? null
            : new RuleSyntax(
                id, phase, when, unless, limit, then, mode, schedule, from, until, onError, timeout, includesProtected, includesRefused, tags, description, owner, mapping.Span);
    }

    /// <summary>Empty where it is missing.</summary>
    private static Located<string> ReadId(MappingReader rule)
    {
        if (rule.Require("id", "every rule has an id: it goes to logs, replies and tests") && rule.Scalar("id", "a name") is { } scalar)
        {
            return Names.Read(scalar, "a rule", rule.Diagnostics);
        }

        return new Located<string>(string.Empty, rule.Start);
    }

    private static Located<DateTimeOffset>? ReadMoment(MappingReader rule, string key) =>
        rule.Scalar(key, "a time with its zone") is { } scalar && ValueReader.Moment(key, scalar, rule.Diagnostics) is { } value
            ? new Located<DateTimeOffset>(value, scalar.Span)
            : null;
}

/// <summary>Reads a phase; the names of Sendmail's callbacks get their own mend.</summary>
internal static class PhaseReader
{
    public static Located<Phase>? Read(MappingReader reader)
    {
        if (reader.Scalar("phase", "one phase") is not { } scalar)
        {
            return null;
        }

        var mend = scalar.Value.ToLowerInvariant() switch
        {
            "envfrom" or "mailfrom" or "mail_from" or "from" => "mail",
            "envrcpt" or "rcptto" or "rcpt_to" or "recipient" => "rcpt",
            "ehlo" => "helo",
            "headers" or "end_of_headers" => "eoh",
            "end_of_message" or "endofmessage" or "eod" or "message" => "eom",
            "disconnect" or "quit" => "close",
            _ => null,
        };
        if (mend is null)
        {
            return ValueReader.Choice("phase", scalar, PolicyWords.Phases, reader.Diagnostics);
        }

        var words = ValueReader.Join([.. PolicyWords.Phases.Select(phase => phase.Word)]);
        reader.Diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, "phase", scalar.Value, words, $"write {mend}"));
        return new Located<Phase>(PolicyWords.Phases.First(phase => phase.Word == mend).Value, scalar.Span);
    }
}
