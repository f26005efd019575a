using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Where an expression stands: it decides which names are legal.</summary>
/// <param name="Phase">The phase at which it runs; a field outside its phases is an error that names the right ones.</param>
/// <param name="IsLimit">In <c>limit.max</c>: a counter of a later phase is an error here.</param>
/// <param name="AllowsRecipients">At data to eom fields of the recipient are legal: it runs once for each (a counter's key and conditions).</param>
/// <param name="IsAnywhere">Phases are not checked here but where it is used (a ban's key): see FirstPhase and Fields of the usage.</param>
public readonly record struct BindingSite(Phase Phase, bool IsLimit = false, bool AllowsRecipients = false, bool IsAnywhere = false);

/// <summary>Names, types and phases of an expression: from syntax to nodes. Null results have been reported.</summary>
public sealed class ExpressionBinder(BindingScope scope, DiagnosticBag diagnostics, SlotAllocator slots)
{
    internal BindingScope Scope { get; } = scope;

    internal DiagnosticBag Diagnostics { get; } = diagnostics;

    internal SlotAllocator Slots { get; } = slots;

    public BoundExpression<bool>? BindCondition(ExpressionSyntax syntax, BindingSite site)
    {
        var pass = new ExpressionPass(this, site);
        return pass.BindBool(syntax) is { } node ? new BoundExpression<bool>(node, pass.Usage, syntax) : null;
    }

    public BoundExpression<double>? BindNumber(ExpressionSyntax syntax, BindingSite site)
    {
        var pass = new ExpressionPass(this, site);
        return pass.BindNumber(syntax) is { } node ? new BoundExpression<double>(node, pass.Usage, syntax) : null;
    }

    /// <summary>Of any type, for <c>set:</c>: Expression of bool, double or string; an ip becomes text.</summary>
    public BoundValue? BindValue(ExpressionSyntax syntax, BindingSite site)
    {
        var pass = new ExpressionPass(this, site);
        return pass.Bind(syntax) switch
        {
            null => null,
            { Type: ValueType.Number } node => new BoundValue(ValueType.Number, null, new BoundExpression<double>(node.Number, pass.Usage, syntax), null),
            { Type: ValueType.Bool } node => new BoundValue(ValueType.Bool, null, null, new BoundExpression<bool>(node.Bool, pass.Usage, syntax)),
            { Type: ValueType.Ip } node => new BoundValue(ValueType.Text, new BoundExpression<string>(IpAsText(node), pass.Usage, syntax), null, null),
            var node => new BoundValue(ValueType.Text, new BoundExpression<string>(node.Text, pass.Usage, syntax), null, null),
        };
    }

    /// <summary>At data to eom fields of the recipient are legal in a key; the usage's ReadsRecipient tells.</summary>
    public KeyPart? BindKey(ExpressionSyntax syntax, BindingSite site)
    {
        var pass = new ExpressionPass(this, site with { AllowsRecipients = true });
        return pass.Bind(syntax) is { } node ? new NodeKeyPart(node, pass.Usage) : null;
    }

    /// <summary>A text with <c>{field}</c> holes; <paramref name="kind"/> says which extra holes are legal and how values are cleaned.</summary>
    public TextTemplate? BindTemplate(YamlScalar scalar, BindingSite site, TemplateKind kind) =>
        new TemplateReader(new ExpressionPass(this, site), scalar, kind).Read();

    private static CallNode<System.Net.IPAddress?, string> IpAsText(TypedNode node) =>
        new(node.Ip, static address => address?.ToString() ?? string.Empty, node.Syntax, string.Empty);
}

/// <summary>Exactly one of the three is set.</summary>
public sealed record BoundValue(ValueType Type, BoundExpression<string>? Text, BoundExpression<double>? Number, BoundExpression<bool>? Bool);

/// <summary>Hands out slot indices, one for each distinct look-up in the policy set.</summary>
public sealed class SlotAllocator
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);

    /// <summary>The index for a look-up, named by its function and argument sources.</summary>
    public int IndexOf(string lookup)
    {
        if (!_indices.TryGetValue(lookup, out var index))
        {
            index = _indices.Count;
            _indices.Add(lookup, index);
        }

        return index;
    }
}

/// <summary>Where a text goes.</summary>
public enum TemplateKind
{
    /// <summary>An SMTP reply: ASCII unless the session is SMTPUTF8; values cut at 60 characters; <c>{retry_after}</c> allowed where something makes it known.</summary>
    Reply,

    /// <summary>The same, in a rule that has no limit, hold or ban: <c>{retry_after} {limit_max} {count}</c> are errors.</summary>
    PlainReply,

    /// <summary>A header value, a quarantine reason, an address.</summary>
    Message,

    /// <summary>A log line.</summary>
    Log,

    /// <summary>HTML: values are escaped in it.</summary>
    Html,
}

/// <summary>A text with holes. Values are cleaned of control characters and cut at 60 characters.</summary>
public abstract class TextTemplate(ExpressionUsage usage)
{
    public ExpressionUsage Usage { get; } = usage;

    /// <summary>Whether the text names <c>{retry_after}</c>, so that the engine must know it.</summary>
    public abstract bool NeedsRetryAfter { get; }

    public abstract string Render(Evaluation.EvaluationContext context);
}
