using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail.Bodies;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>Steps of one rule that change the message.</summary>
internal sealed class ChangeStepBinder(StepBinder rule, BindingScope scope, DiagnosticBag diagnostics)
{
    public bool Bind(StepSyntax step, StepArguments arguments)
    {
        switch (step.Name.Value)
        {
            case "add_header":
                return arguments.Header(StepKeys.AddHeader) is { } add && Written(add) is { } added && rule.Add(new AddHeaderStep(add.Name.Value, added));
            case "insert_header":
                return arguments.Header(StepKeys.InsertHeader) is { } insert && Written(insert) is { } inserted
                    && rule.Add(new InsertHeaderStep(insert.Name.Value, inserted, insert.Index ?? 1));
            case "change_header":
                return arguments.Header(StepKeys.ChangeHeader) is { } change && BindChange(change);
            case "delete_header":
                return arguments.Header(StepKeys.DeleteHeader) is { } delete && BindDelete(delete);
            case "subject_prefix":
                return arguments.Text(out var prefix) && BindPrefix(prefix);
            case "change_sender":
                return arguments.Address(out var address, out var extra) && rule.Template(address) is { } sender && rule.Add(new ChangeSenderStep(sender, extra));
            case "add_recipient":
                if (!arguments.Address(out address, out extra) || rule.Template(address) is not { } recipient)
                {
                    return false;
                }

                rule.Actions |= extra is null ? MilterActions.None : MilterActions.AddRecipientsWithArguments;
                return rule.Add(new AddRecipientStep(recipient, extra));
            case "delete_recipient":
                return arguments.Address(out address, out _) && rule.Template(address) is { } deleted && rule.Add(new DeleteRecipientStep(deleted));
            case "add_banner" or "add_footer":
                return arguments.AddedText(out var text, out var html) && BindText(step.Name.Value == "add_banner" ? BodyEnd.Top : BodyEnd.Bottom, text, html);
            default:
                return arguments.Text(out var body) && rule.Template(body) is { } replaced && rule.Add(new ReplaceBodyStep(replaced));
        }
    }

    private bool BindChange(HeaderArgument change)
    {
        if (Written(change) is not { } value)
        {
            return false;
        }

        if (change.Pattern is not { } written)
        {
            return rule.Add(new ChangeHeaderStep(change.Name.Value, value, change.Index ?? 1));
        }

        return PatternOf(written) is { } pattern && KeepEvery(change.Name.Value) && rule.Add(new ChangeMatchingHeadersStep(change.Name.Value, pattern, value));
    }

    private bool BindDelete(HeaderArgument delete)
    {
        // How many there are is known only where headers are sent.
        rule.Usage.Events |= MilterEvents.Header;
        rule.Usage.CountsHeaders = true;
        var names = new HeaderNames(delete.Name.Value);
        if (delete.Pattern is not { } written)
        {
            return rule.Add(names.IsOne ? new DeleteHeaderStep(delete.Name.Value, delete.Index ?? 0) : new DeleteHeadersStep(names, null));
        }

        return PatternOf(written) is { } pattern && KeepEvery(names.IsOne ? delete.Name.Value : "*") && rule.Add(new DeleteHeadersStep(names, pattern));
    }

    private bool BindPrefix(YamlScalar written)
    {
        rule.Usage.Events |= MilterEvents.Header | MilterEvents.Mail;
        rule.Usage.Headers.Add("Subject");
        rule.Usage.CountsHeaders = true;
        return rule.Template(written) is { } prefix && rule.Add(new PrefixSubjectStep(prefix));
    }

    private bool BindText(BodyEnd end, YamlScalar text, YamlScalar? html)
    {
        rule.Usage.Events |= MilterEvents.Header | MilterEvents.Body;
        rule.Usage.Headers.UnionWith(BodyHeaders.Names);
        rule.Usage.RewritesBody = true;
        if (rule.Template(text) is not { } plain)
        {
            return false;
        }

        var markup = html is null ? null : rule.Template(html, TemplateKind.Html);
        return (html is null || markup is not null) && rule.Add(new AddTextStep(end, plain, markup));
    }

    /// <summary>The value; whether the message is SMTPUTF8, MAIL tells.</summary>
    private TextTemplate? Written(HeaderArgument header)
    {
        rule.Usage.Events |= MilterEvents.Mail;
        return header.Value is { } value ? rule.Template(value) : null;
    }

    private bool KeepEvery(string name)
    {
        rule.Usage.Events |= MilterEvents.Header;
        rule.Usage.EveryHeader.Add(name);
        return true;
    }

    private Pattern? PatternOf(YamlScalar name)
    {
        if (scope.Patterns.TryGetValue(name.Value, out var pattern))
        {
            rule.Usage.Lists.Add(name.Value);
            return pattern;
        }

        diagnostics.Add(BindingDiagnostics.UnknownPattern(name.Span, name.Value, Suggestion.For(name.Value, scope.Patterns.Keys)));
        return null;
    }
}
