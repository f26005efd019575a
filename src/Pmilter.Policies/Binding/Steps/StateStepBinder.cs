using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>Steps of one rule that write state: counters, bans, memories, greylists.</summary>
internal sealed class StateStepBinder(
    StepBinder rule, BindingScope scope, ExpressionBinder binder, StateBinder state, DiagnosticBag diagnostics, Phase phase, TemplateKind replies)
{
    /// <summary><c>greylist: name</c>, or <c>greylist: { name, reply: '4.7.1 text' }</c>.</summary>
    public bool Greylist(StepSyntax step, StepArguments arguments)
    {
        var written = step.Argument as YamlScalar;
        BoundReply? reply = null;
        if (step.Argument is YamlMapping mapping)
        {
            var reader = new MappingReader(mapping, StepKeys.Greylist, diagnostics);
            written = reader.Scalar("name", "a greylist's name");
            if (reader.Has("reply"))
            {
                reply = reader.Scalar("reply", "a reply") is { } text ? new ReplyBinder(binder, diagnostics).Bind(VerdictWord.Tempfail, [text], new BindingSite(phase), replies) : null;
                if (reply is null)
                {
                    return false;
                }
            }
        }

        if (written is null || written.Value.Length == 0)
        {
            return arguments.Wrong(step.Argument);
        }

        var name = new Located<string>(written.Value, written.Span);
        if (!scope.Greylists.TryGetValue(name.Value, out var greylist))
        {
            return state.IsDeclared(name.Value) || Unknown(PolicyDiagnostics.UnknownGreylist(name, scope.Greylists.Keys));
        }

        if (state.GreylistKeyAt(name, phase) is not { } key)
        {
            return false;
        }

        var client = greylist.NamesClient ? state.ClientAt(name, phase) : [];
        foreach (var part in key.Concat(client))
        {
            rule.Usage.Add(part.Usage);
        }

        foreach (var line in reply?.Lines ?? [])
        {
            rule.Use(line);
        }

        rule.Usage.HasLookup = true;
        rule.Usage.Greylists.Add(greylist);
        rule.Greylist = new BoundGreylisting(greylist, key, client);
        return rule.Decide(VerdictWord.Greylist, reply);
    }

    public bool Remember(StepArguments arguments)
    {
        if (!arguments.Name(out var name))
        {
            return false;
        }

        if (!scope.Memories.TryGetValue(name.Value, out var memory))
        {
            return state.IsDeclared(name.Value) || Unknown(PolicyDiagnostics.UnknownMemory(name, scope.Memories.Keys));
        }

        if (state.MemoryKeyAt(name, phase) is not { } key)
        {
            return false;
        }

        foreach (var part in key)
        {
            rule.Usage.Add(part.Usage);
        }

        rule.Usage.Memories.Add(memory);
        return rule.Add(new RememberStep(memory, key));
    }

    public bool Ban(StateOperationKind kind, StepArguments arguments)
    {
        if (!arguments.Name(out var name))
        {
            return false;
        }

        if (!scope.Bans.TryGetValue(name.Value, out var ban))
        {
            diagnostics.Add(PolicyDiagnostics.UnknownBan(name, scope.Bans.Keys));
            return false;
        }

        if (state.BanKeyAt(name, phase) is not { } key)
        {
            return false;
        }

        foreach (var part in key)
        {
            rule.Usage.Add(part.Usage);
        }

        rule.Usage.Bans.Add(ban);
        return rule.Add(new BanStep(kind, ban, key));
    }

    public bool Count(StepArguments arguments)
    {
        if (!arguments.Name(out var name))
        {
            return false;
        }

        if (!scope.Counters.TryGetValue(name.Value, out var counter))
        {
            diagnostics.Add(PolicyDiagnostics.UnknownCounter(name, scope.Counters.Keys));
            return false;
        }

        if (counter.Kind != CountKind.Explicit)
        {
            diagnostics.Add(PolicyDiagnostics.NotExplicit(name));
            return false;
        }

        // The key is read where the counter says; anywhere else its fields may be other ones.
        if (counter.Phase != phase)
        {
            diagnostics.Add(PolicyDiagnostics.KeyPhase(name, "counter", phase));
            return false;
        }

        return rule.Add(new CountStep(counter));
    }

    private bool Unknown(Diagnostic diagnostic)
    {
        diagnostics.Add(diagnostic);
        return false;
    }
}
