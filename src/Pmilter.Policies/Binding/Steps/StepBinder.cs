using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>The steps of one rule: looked up in the catalog, arguments read, legality by phase, verdict last.</summary>
internal sealed class StepBinder(BindingScope scope, ExpressionBinder binder, StateBinder state, DiagnosticBag diagnostics, Phase phase, TemplateKind replies)
{
    private readonly BindingSite _site = new(phase);

    public List<RuleStep> Steps { get; } = [];

    public BoundVerdict? Verdict { get; private set; }

    /// <summary>What a script's path is relative to.</summary>
    public required string PolicyPath { get; init; }

    public BoundScript? Script { get; private set; }

    public BoundGreylisting? Greylist { get; set; }

    public MilterActions Actions { get; set; }

    public ExpressionUsage Usage { get; } = new();

    public bool NeedsRetryAfter { get; private set; }

    private StateStepBinder State => new(this, scope, binder, state, diagnostics, phase, replies);

    public bool Bind(RuleSyntax rule)
    {
        var isWhole = true;
        string? verdict = null;
        foreach (var step in rule.Then)
        {
            if (StepCatalog.Find(step.Name.Value) is not { } entry)
            {
                diagnostics.Add(PolicyDiagnostics.UnknownStep(step.Name, StepCatalog.All.Select(e => e.Name)));
                isWhole = false;
                continue;
            }

            if (verdict is not null)
            {
                diagnostics.Add(entry.IsVerdict
                    ? PolicyDiagnostics.SeveralVerdicts(step.Name, verdict)
                    : PolicyDiagnostics.VerdictNotLast(rule.Then.First(s => string.Equals(s.Name.Value, verdict, StringComparison.Ordinal)).Name));
                isWhole = false;
            }

            verdict ??= entry.IsVerdict ? entry.Name : null;
            isWhole &= IsPossible(step, entry) && Bind(step, new StepArguments(step, entry, diagnostics));
            Actions |= entry.Actions;
        }

        return isWhole;
    }

    private bool IsPossible(StepSyntax step, StepEntry entry)
    {
        if (!entry.IsAvailable)
        {
            diagnostics.Add(PolicyDiagnostics.StepNotAvailable(step.Name));
            return false;
        }

        if (entry.Phases.Contains(phase))
        {
            return true;
        }

        diagnostics.Add(entry.IsVerdict && phase >= Phase.Abort
            ? PolicyDiagnostics.VerdictTooLate(step.Name, phase)
            : PolicyDiagnostics.StepPhase(step.Name, phase, entry.WhyNot));
        return false;
    }

    private bool Bind(StepSyntax step, StepArguments arguments) => step.Name.Value switch
    {
        "allow" => BindAllow(step, arguments),
        "accept" => arguments.None() && Decide(VerdictWord.Accept),
        "discard" => arguments.None() && Decide(VerdictWord.Discard),
        "skip" => arguments.None() && Decide(VerdictWord.Skip),
        "tempfail" => BindRefusal(VerdictWord.Tempfail, arguments),
        "reject" => BindRefusal(VerdictWord.Reject, arguments),
        "quarantine" => arguments.Text(out var reason) && Template(reason, TemplateKind.Message) is { } text && Decide(VerdictWord.Quarantine, reason: text),
        "greylist" => State.Greylist(step, arguments),
        "remember" => State.Remember(arguments),
        "ruby" => arguments.Text(out var path) && BindScript(path),
        "ban" => State.Ban(StateOperationKind.BanAdd, arguments),
        "unban" => State.Ban(StateOperationKind.BanRemove, arguments),
        "count" => State.Count(arguments),
        "score" => arguments.Number(out var score) && Add(new ScoreStep(score)),
        "tag" => BindTags(arguments),
        "set" => BindSet(arguments),
        "log" => arguments.Text(out var line) && Template(line, TemplateKind.Log) is { } log && Add(new LogStep(log)),
        "delay" => arguments.Text(out var delay) && ValueReader.Duration("delay", delay, StepCatalog.Delay.Least, StepCatalog.Delay.Most, diagnostics) is { } wait && Add(new DelayStep(wait)),
        _ => new ChangeStepBinder(this, scope, diagnostics).Bind(step, arguments),
    };

    private bool BindAllow(StepSyntax step, StepArguments arguments) => step.Argument switch
    {
        null => Decide(VerdictWord.Allow),
        YamlScalar { Value: "all" } => Decide(VerdictWord.AllowAll),
        var other => arguments.Wrong(other),
    };

    private bool BindRefusal(VerdictWord word, StepArguments arguments)
    {
        if (arguments.IsBare)
        {
            return Decide(word);
        }

        if (!arguments.Texts(out var texts) || new ReplyBinder(binder, diagnostics).Bind(word, texts, _site, replies) is not { } reply)
        {
            return false;
        }

        foreach (var line in reply.Lines)
        {
            Use(line);
        }

        return Decide(word, reply);
    }

    private bool BindScript(YamlScalar path)
    {
        Script = new BoundScript(Path.Combine(Path.GetDirectoryName(PolicyPath) ?? string.Empty, path.Value), path.Span, null);
        ScriptUsage.Add(Usage, phase);
        return Decide(VerdictWord.Ruby);
    }

    private bool BindTags(StepArguments arguments)
    {
        if (!arguments.Texts(out var words))
        {
            return false;
        }

        foreach (var word in words)
        {
            Add(new TagStep(word.Value));
        }

        return true;
    }

    private bool BindSet(StepArguments arguments)
    {
        if (!arguments.Mapping(out var mapping))
        {
            return false;
        }

        var isWhole = true;
        foreach (var entry in mapping.Entries)
        {
            if (entry.Value is not YamlScalar scalar)
            {
                isWhole = arguments.Wrong(entry.Value);
                continue;
            }

            if (ExpressionParser.Parse(scalar, diagnostics) is not { } syntax || binder.BindValue(syntax, _site) is not { } value)
            {
                isWhole = false;
                continue;
            }

            Usage.Add((value.Text?.Usage ?? value.Number?.Usage ?? value.Bool?.Usage) ?? new ExpressionUsage());
            Add(new SetStep(entry.Key.Value, value));
        }

        return isWhole;
    }

    public TextTemplate? Template(YamlScalar text, TemplateKind kind = TemplateKind.Message)
    {
        var template = binder.BindTemplate(text, _site, kind);
        if (template is not null)
        {
            Use(template);
        }

        return template;
    }

    public void Use(TextTemplate template)
    {
        Usage.Add(template.Usage);
        NeedsRetryAfter |= template.NeedsRetryAfter;
    }

    public bool Add(RuleStep step)
    {
        Steps.Add(step);
        return true;
    }

    public bool Decide(VerdictWord word, BoundReply? reply = null, TextTemplate? reason = null)
    {
        Verdict = new BoundVerdict(word, reply, reason);
        return true;
    }
}
