using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Where an expression stands: it decides which names are legal.</summary>
/// <param name="Phase">The phase at which it runs; a field outside its phases is an error that names the right ones.</param>
/// <param name="IsLimit">In <c>limit.max</c>: a counter of a later phase is an error here.</param>
/// <param name="IsEachRecipient">A counter at data … eom that counts once a recipient: the rcpt fields are known there too.</param>
public readonly record struct BindingSite(Phase Phase, bool IsLimit = false, bool IsEachRecipient = false);

/// <summary>Names, types and phases of an expression: from syntax to nodes. Null results have been reported.</summary>
public sealed class ExpressionBinder(BindingScope scope, DiagnosticBag diagnostics, SlotAllocator slots)
{
    internal BindingScope Scope { get; } = scope;

    internal DiagnosticBag Diagnostics { get; } = diagnostics;

    internal SlotAllocator Slots { get; } = slots;

    public BoundExpression<bool>? BindCondition(ExpressionSyntax syntax, BindingSite site) => throw new NotSupportedException();

    public BoundExpression<double>? BindNumber(ExpressionSyntax syntax, BindingSite site) => throw new NotSupportedException();

    /// <summary>Of any type, for <c>set:</c>: Expression of bool, double or string; an ip becomes text.</summary>
    public BoundValue? BindValue(ExpressionSyntax syntax, BindingSite site) => throw new NotSupportedException();

    public KeyPart? BindKey(ExpressionSyntax syntax, BindingSite site) => throw new NotSupportedException();

    /// <summary>A text with <c>{field}</c> holes; <paramref name="kind"/> says which extra holes are legal and how values are cleaned.</summary>
    public TextTemplate? BindTemplate(YamlScalar scalar, BindingSite site, TemplateKind kind) => throw new NotSupportedException();
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
}

/// <summary>A text with holes. Values are cleaned of control characters and cut at 60 characters.</summary>
public abstract class TextTemplate(ExpressionUsage usage)
{
    public ExpressionUsage Usage { get; } = usage;

    /// <summary>Whether the text names <c>{retry_after}</c>, so that the engine must know it.</summary>
    public abstract bool NeedsRetryAfter { get; }

    public abstract string Render(Evaluation.EvaluationContext context);
}
