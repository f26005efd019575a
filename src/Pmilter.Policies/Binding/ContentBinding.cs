using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Questions about a message's content, at eom.</summary>
internal static class ContentBinding
{
    /// <summary>What the decision log calls the parts' facts: whoever reads one reads them all.</summary>
    public const string PartsFact = "parts";

    public static TypedNode? BodyContains(CallBinding call)
    {
        if (call.Literal(0, "a text to look for") is not { } sought || !Begin(call, ContentNeeds.Parts | ContentNeeds.Text))
        {
            return null;
        }

        if (sought.Length > 0)
        {
            return Text(call, new TextQuestionNode($"body_contains('{sought}')", text => text.Contains(sought, StringComparison.OrdinalIgnoreCase), call.Call));
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), sought, "a text to look for: every text contains it"));
        return null;
    }

    public static TypedNode? BodyMatches(CallBinding call) =>
        Begin(call, ContentNeeds.Parts | ContentNeeds.Text) && PatternOf(call) is { } pattern
            ? Text(call, new TextQuestionNode($"body_matches('{pattern.Text}')", pattern.IsMatch, call.Call))
            : null;

    public static TypedNode? ExtensionIn(CallBinding call)
    {
        var isKnown = Begin(call, ContentNeeds.Parts);
        var extensions = new List<string>();
        for (var i = 0; i < call.Count; i++)
        {
            if (call.Literal(i, "an extension") is not { } written)
            {
                return null;
            }

            var extension = written.TrimStart('.');
            if (extension.Length == 0 || extension.AsSpan().IndexOfAny("*/\\ ") >= 0 || extension.EndsWith('.'))
            {
                call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(i), written, "a file name's extension like 'exe' or 'tar.gz'"));
                return null;
            }

            extensions.Add(extension);
        }

        string[] all = [.. extensions];
        return isKnown ? Parts(call, new PartQuestionNode(part => HasOne(part, all), call.Call)) : null;
    }

    public static TypedNode? NameMatches(CallBinding call) =>
        Begin(call, ContentNeeds.Parts) && PatternOf(call) is { } pattern
            ? Parts(call, new PartQuestionNode(part => part.Any(pattern, static (name, sought) => sought.IsMatch(name)), call.Call))
            : null;

    public static TypedNode? Any(CallBinding call) =>
        Condition(call) is { } condition ? Parts(call, new AnyPartNode(condition, call.Call)) : null;

    public static TypedNode? Count(CallBinding call)
    {
        if (Condition(call) is not { } condition)
        {
            return null;
        }

        var node = call.Result(new CountPartsNode(condition, call.Call));
        return call.Pass.Scope.IsWatching ? node.Watched(PartsFact) : node;
    }

    private static Evaluation.Expression<bool>? Condition(CallBinding call)
    {
        var pass = call.Pass;
        if (pass.IsAskingRecipients || pass.IsAskingParts)
        {
            pass.Diagnostics.Add(BindingDiagnostics.NestedRecipientLoop(call.Call.FunctionSpan, call.Call.Function));
            return null;
        }

        if (!Begin(call, ContentNeeds.Parts))
        {
            return null;
        }

        pass.IsAskingParts = true;
        var condition = call.Bool(0);
        pass.IsAskingParts = false;
        return condition;
    }

    /// <summary>A function's phases are a field's: checked with the same words. Beyond a limit it fails, so that on_error decides.</summary>
    private static bool Begin(CallBinding call, ContentNeeds needs)
    {
        var usage = call.Pass.Usage;
        usage.Content |= needs;
        usage.HasLookup = true;
        call.Pass.Need(call.First, ContentFields.Events);
        return FieldBinding.Check(call.Pass, NewField.Bool($"{call.Call.Function}()", call.First, ContentFields.Events, string.Empty, static _ => false), call.Call.FunctionSpan);
    }

    private static Pattern? PatternOf(CallBinding call)
    {
        if (call.Literal(0, "a pattern's name") is not { } name)
        {
            return null;
        }

        if (call.Pass.Scope.Patterns.TryGetValue(name, out var pattern))
        {
            call.Pass.Usage.Lists.Add(name);
            return pattern;
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownPattern(call.SpanOf(0), name, Suggestion.For(name, call.Pass.Scope.Patterns.Keys)));
        return null;
    }

    /// <summary>Of one part the log does not keep the answer.</summary>
    private static TypedNode Text(CallBinding call, TextQuestionNode node)
    {
        if (!call.Pass.IsAskingParts)
        {
            call.Pass.Usage.TextQuestions.TryAdd(node.Question, node);
        }

        var result = call.Result(node);
        return call.Pass.Scope.IsWatching ? result.Watched(call.Pass.IsAskingParts ? $"{node.Question} of one part" : node.Question) : result;
    }

    private static TypedNode Parts(CallBinding call, Evaluation.Expression<bool> node) =>
        call.Pass.Scope.IsWatching ? call.Result(node).Watched(PartsFact) : call.Result(node);

    private static bool HasOne(ContentPart part, string[] extensions)
    {
        foreach (var extension in extensions)
        {
            if (part.HasExtension(extension))
            {
                return true;
            }
        }

        return false;
    }
}
