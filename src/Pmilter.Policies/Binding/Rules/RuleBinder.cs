using Pmilter.Policies.Binding.Steps;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Rules of one file: conditions, limit, schedule, steps, legality.</summary>
internal sealed class RuleBinder(PolicyDocument document, BindingScope scope, SlotAllocator slots, CompilerOptions options, DiagnosticBag diagnostics)
{
    private readonly FileConditions _file = new(document, scope, slots, diagnostics);
    private readonly ExpressionBinder _binder = new(scope, diagnostics, slots);
    private readonly StateBinder _state = new(document, scope, slots, diagnostics);

    public BoundRule? Bind(RuleSyntax syntax, PolicyMode mode)
    {
        var phase = syntax.Phase.Value;
        var conditions = _file.Bind(syntax.Phase, $"rule '{syntax.Id.Value}'", syntax.When, syntax.Unless);
        var limit = BindLimit(syntax);
        var zone = BindZone(syntax);
        var reads = conditions?.When.Concat(conditions.Unless).Any(c => c.Usage.Bans.Count > 0) ?? false;
        var knowsRetry = syntax.Limit is not null || reads || syntax.Then.Any(s => s.Name.Value is "ban" or "greylist");
        var steps = new StepBinder(scope, _binder, _state, diagnostics, phase, knowsRetry ? TemplateKind.Reply : TemplateKind.PlainReply)
        {
            PolicyPath = document.Source.Path,
        };
        var isWhole = steps.Bind(syntax);
        CheckTimes(syntax);
        CheckOnError(syntax);
        if (conditions is null || !isWhole || syntax.Then.IsEmpty || (syntax.Limit is not null && limit is null))
        {
            return null;
        }

        return new BoundRule
        {
            Reference = new RuleReference(document.Name.Value, syntax.Id.Value, mode, syntax.Id.Span),
            Document = document,
            Syntax = syntax,
            Conditions = conditions,
            Limit = mode == PolicyMode.Monitor && limit?.Hold is { } hold ? limit with { Hold = hold with { Name = hold.Name + "~would" } } : limit,
            ScheduleZone = zone,
            Steps = [.. steps.Steps],
            Notices = [.. Notices(syntax, mode, limit, steps)],
            Verdict = steps.Verdict,
            Script = steps.Script,
            Greylist = steps.Greylist,
            Usage = Usage(conditions, limit, steps),
            NeedsRetryAfter = steps.NeedsRetryAfter,
            Actions = steps.Actions,
        };
    }

    private BoundLimit? BindLimit(RuleSyntax rule)
    {
        if (rule.Limit is not { } syntax)
        {
            return null;
        }

        var phase = rule.Phase.Value;
        var max = _binder.BindNumber(syntax.Max, new BindingSite(phase, IsLimit: true));
        if (!scope.Counters.TryGetValue(syntax.Counter.Value, out var counter))
        {
            // A counter with an error of its own has been reported already.
            if (!document.Counters.Any(c => string.Equals(c.Name.Value, syntax.Counter.Value, StringComparison.Ordinal)))
            {
                diagnostics.Add(PolicyDiagnostics.UnknownCounter(syntax.Counter, document.Counters.Select(c => c.Name.Value)));
            }

            return null;
        }

        if (counter.Phase > phase)
        {
            diagnostics.Add(PolicyDiagnostics.LaterCounter(syntax.Counter, counter.Phase, phase));
            return null;
        }

        if (max is null)
        {
            return null;
        }

        var hold = syntax.Hold is { } h ? new HoldDefinition($"{document.Name.Value}/{rule.Id.Value}", h.For.Value) : null;
        return new BoundLimit(counter, max, hold, syntax.Hold?.EmptiesAfter ?? false);
    }

    private IEnumerable<NoticeNode> Notices(RuleSyntax syntax, PolicyMode mode, BoundLimit? limit, StepBinder steps)
    {
        var trigger = syntax.Then.Any(step => step.Name.Value is "ban") ? NoticeCause.Ban : limit?.Hold is null ? NoticeCause.Rule : NoticeCause.Hold;
        return steps.Notices.Select(notice => NoticeNode.Of(notice, $"{document.Name.Value}/{syntax.Id.Value}", trigger, mode == PolicyMode.Monitor));
    }

    /// <summary>An unknown one has been reported by the reader.</summary>
    private static TimeZoneInfo? BindZone(RuleSyntax rule) =>
        rule.Schedule?.Zone is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone.Value, out var found) ? found : null;

    private void CheckTimes(RuleSyntax rule)
    {
        if (rule.Until is { } end && end.Value <= options.Now)
        {
            diagnostics.Add(PolicyWarnings.Expired(end.Span, rule.Id.Value, end.Value));
        }

        if (rule.Timeout is { } timeout && timeout.Value > options.EventDeadline)
        {
            diagnostics.Add(PolicyDiagnostics.TooLong(timeout.Span, "timeout", options.EventDeadline));
        }

        foreach (var step in rule.Then)
        {
            if (step is { Name.Value: "delay", Argument: YamlScalar delay }
                && ValueReader.Duration("delay", delay, TimeSpan.Zero, TimeSpan.MaxValue, new DiagnosticBag()) > options.EventDeadline)
            {
                diagnostics.Add(PolicyDiagnostics.TooLong(delay.Span, "delay", options.EventDeadline));
            }
        }
    }

    private void CheckOnError(RuleSyntax rule)
    {
        var phase = rule.Phase.Value;
        if (rule.OnError is { } onError
            && ((phase == Phase.Rcpt && onError.Value == OnError.Accept) || (phase >= Phase.Abort && onError.Value != OnError.Continue)))
        {
            diagnostics.Add(PolicyDiagnostics.OnErrorPhase(onError.Span, Words.Of(onError.Value), phase));
        }
    }

    private static ExpressionUsage Usage(BoundConditions conditions, BoundLimit? limit, StepBinder steps)
    {
        var usage = new ExpressionUsage();
        foreach (var condition in conditions.When.Concat(conditions.Unless))
        {
            usage.Add(condition.Usage);
        }

        usage.Add(steps.Usage);
        if (limit is not null)
        {
            usage.Add(limit.Max.Usage);
            usage.Counters.Add(limit.Counter);
        }

        return usage;
    }
}
