using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that read one named fact: a header, a macro, a parameter, a tag, a variable.</summary>
internal static class FactBinding
{
    public static TypedNode? Header(CallBinding call)
    {
        if (HeaderName(call) is not { } name)
        {
            return null;
        }

        call.Pass.Usage.Headers.Add(name);
        return call.Result(new NamedFactNode<string, string>(name, static (c, header) => c.Transaction.Message.Headers.Value(header), call.Call));
    }

    public static TypedNode? HasHeader(CallBinding call) =>
        CountedName(call) is { } name
            ? call.Result(new NamedFactNode<string, bool>(name, static (c, header) => c.Transaction.Message.HeaderCountOf(header) > 0, call.Call))
            : null;

    public static TypedNode? HeaderCount(CallBinding call) =>
        CountedName(call) is { } name
            ? call.Result(new NamedFactNode<string, double>(name, static (c, header) => c.Transaction.Message.HeaderCountOf(header), call.Call))
            : null;

    public static TypedNode? Macro(CallBinding call)
    {
        if (call.Literal(0, "a macro's name") is not { } written)
        {
            return null;
        }

        var bare = written.Trim('{', '}');
        if (bare.Length == 0 || bare.AsSpan().IndexOfAnyExcept(MtaMacros.NameCharacters) >= 0)
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), written, "a macro's name like '{daemon_name}' or 'i'"));
            return null;
        }

        var phase = call.Pass.Site.Phase;
        var stage = MtaMacros.StageOf(bare, phase);
        var first = MtaMacros.PhaseOf(stage);
        if (!call.Pass.Site.IsAnywhere && phase <= Phase.Eom && first > phase)
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.NotKnownYet(call.SpanOf(0), written, phase, $"the MTA sends it from '{BindingDiagnostics.NameOf(first)}' on"));
            return null;
        }

        call.Pass.Need(first, MtaMacros.EventOf(stage));
        if (!MtaMacros.IsAlwaysSent(bare))
        {
            call.Pass.Usage.Macros.Add((stage, bare.Length == 1 ? bare : $"{{{bare}}}"));
        }

        return call.Result(new NamedFactNode<string, string>(bare, static (c, macro) => c.Transaction.Macro(macro), call.Call));
    }

    public static TypedNode? MailParameter(CallBinding call)
    {
        if (call.Literal(0, "a parameter's name") is not { } name || !IsKnown(call, MilterEvents.Mail))
        {
            return null;
        }

        return call.Result(new NamedFactNode<string, string>(name, static (c, parameter) => c.Transaction.Message.Sender.Parameters[parameter], call.Call));
    }

    public static TypedNode? Tagged(CallBinding call)
    {
        if (call.Literal(0, "a tag") is not { } tag)
        {
            return null;
        }

        if (!call.Pass.Scope.Tags.Contains(tag))
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownTag(call.SpanOf(0), tag, Suggestion.For(tag, call.Pass.Scope.Tags)));
            return null;
        }

        return call.Result(new NamedFactNode<string, bool>(tag, static (c, word) => c.Transaction.Annotations.HasTag(word, c.IsShadow), call.Call));
    }

    public static TypedNode? Variable(CallBinding call)
    {
        if (call.Literal(0, "a variable's name") is not { } name)
        {
            return null;
        }

        if (!call.Pass.Scope.Variables.TryGetValue(name, out var type))
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownVariable(call.SpanOf(0), name, Suggestion.For(name, call.Pass.Scope.Variables.Keys)));
            return null;
        }

        return type switch
        {
            ValueType.Number => call.Result(new NamedFactNode<string, double>(name, static (c, v) => c.Transaction.Annotations.Variable(v, c.IsShadow) is double number ? number : 0, call.Call)),
            ValueType.Bool => call.Result(new NamedFactNode<string, bool>(name, static (c, v) => c.Transaction.Annotations.Variable(v, c.IsShadow) is true, call.Call)),
            _ => call.Result(new NamedFactNode<string, string>(name, static (c, v) => c.Transaction.Annotations.Variable(v, c.IsShadow) as string ?? string.Empty, call.Call)),
        };
    }

    private static string? CountedName(CallBinding call)
    {
        call.Pass.Usage.CountsHeaders = true;
        return HeaderName(call);
    }

    private static string? HeaderName(CallBinding call)
    {
        if (call.Literal(0, "a header's name") is not { } written || !IsKnown(call, MilterEvents.Header))
        {
            return null;
        }

        var name = written.TrimEnd(':').Trim();
        if (name.Length > 0 && name.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && !name.Contains(':', StringComparison.Ordinal))
        {
            return name;
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), written, "a header's name"));
        return null;
    }

    /// <summary>A function's phases are a field's: checked with the same words.</summary>
    public static bool IsKnown(CallBinding call, MilterEvents events) => IsKnown(call, call.First, events);

    public static bool IsKnown(CallBinding call, Phase first, MilterEvents events)
    {
        call.Pass.Need(first, events);
        var field = new Field<string>($"{call.Call.Function}()", ValueType.Text, first, string.Empty, static _ => string.Empty);
        return FieldBinding.Check(call.Pass, field, call.Call.FunctionSpan);
    }
}
