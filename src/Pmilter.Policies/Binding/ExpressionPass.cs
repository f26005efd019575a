using System.Net;
using System.Runtime.CompilerServices;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Binds one expression: from syntax to a typed node, gathering what it reads. A null node has been reported.</summary>
internal sealed class ExpressionPass(ExpressionBinder binder, BindingSite site)
{
    /// <summary>Macros that double themselves would grow without end.</summary>
    private const int MaxNodes = 20_000;

    private readonly HashSet<string> _macros = new(StringComparer.Ordinal);
    private int _nodes;

    public BindingScope Scope => binder.Scope;

    public DiagnosticBag Diagnostics => binder.Diagnostics;

    public SlotAllocator Slots => binder.Slots;

    public BindingSite Site { get; } = site;

    /// <summary>Swapped while a part with needs of its own (a key's) is bound.</summary>
    public ExpressionUsage Usage { get; set; } = new();

    /// <summary>Inside any_rcpt and its like.</summary>
    public bool IsAskingRecipients { get; set; }

    /// <summary>Inside any_part and its like.</summary>
    public bool IsAskingParts { get; set; }

    public TypedNode? Bind(ExpressionSyntax syntax)
    {
        if (++_nodes > MaxNodes || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            Diagnostics.Add(BindingDiagnostics.TooLarge(syntax.Span));
            return null;
        }

        var node = syntax switch
        {
            NameSyntax name => BindName(name),
            NumberSyntax number => TypedNode.Of(new ConstantNode<double>(number.Value, number), number),
            TextSyntax text => TypedNode.Of(new ConstantNode<string>(text.Value, text), text),
            BoolSyntax truth => TypedNode.Of(new ConstantNode<bool>(truth.Value, truth), truth),
            UnarySyntax unary => OperatorBinding.Bind(this, unary),
            BinarySyntax binary => OperatorBinding.Bind(this, binary),
            ConditionalSyntax choice => OperatorBinding.Bind(this, choice),
            CallSyntax call => BindCall(call),
            _ => null,
        };
        return node is not null && Scope.IsTracing && !node.IsConstant ? node.Traced(syntax) : node;
    }

    public Expression<bool>? BindBool(ExpressionSyntax syntax) =>
        Bind(syntax) is not { } node ? null
        : node.Type == ValueType.Bool ? node.Bool
        : Wrong<bool>(node, "a condition", "compare it with something");

    public Expression<double>? BindNumber(ExpressionSyntax syntax) =>
        Bind(syntax) is not { } node ? null
        : node.Type == ValueType.Number ? node.Number
        : Wrong<double>(node, "a number", null);

    public Expression<string>? BindText(ExpressionSyntax syntax) =>
        Bind(syntax) is not { } node ? null
        : node.Type == ValueType.Text ? node.Text
        : Wrong<string>(node, "a text", node.Type == ValueType.Number && node.IsConstant ? $"write '{ExpressionPrinter.Print(syntax)}'" : null);

    public Expression<IPAddress?>? BindIp(ExpressionSyntax syntax) => Bind(syntax) is { } node ? AsIp(node) : null;

    /// <summary>An address, or a literal that is one.</summary>
    public Expression<IPAddress?>? AsIp(TypedNode node)
    {
        if (node.Type == ValueType.Ip)
        {
            return node.Ip;
        }

        if (node.Node is not ConstantNode<string> literal)
        {
            return Wrong<IPAddress?>(node, "an address (ip)", "use client_ip");
        }

        if (Mail.Networks.TryParse(literal.Value, out var network) && !literal.Value.Contains('/', StringComparison.Ordinal))
        {
            return new ConstantNode<IPAddress?>(network.BaseAddress, node.Syntax);
        }

        Diagnostics.Add(BindingDiagnostics.BadLiteral(node.Syntax.Span, literal.Value, "an IP address", literal.Value.Contains('/', StringComparison.Ordinal) ? "use in_net(client_ip, '…') for networks" : null));
        return null;
    }

    public Expression<T>? Wrong<T>(TypedNode node, string expected, string? hint)
    {
        Diagnostics.Add(BindingDiagnostics.WrongType(node.Syntax.Span, node.Type, expected, hint));
        return null;
    }

    /// <summary>Records what a fact needs.</summary>
    public void Need(Mail.Phase first, Pmilter.Protocol.Negotiation.MilterEvents events)
    {
        Usage.Events |= events;
        Usage.FirstPhase = Usage.FirstPhase > first ? Usage.FirstPhase : first;
    }

    private TypedNode? BindName(NameSyntax name)
    {
        if (FieldCatalog.Find(name.Name) is { } field)
        {
            return FieldBinding.Bind(this, field, name);
        }

        if (!Scope.Macros.TryGetValue(name.Name, out var body))
        {
            Diagnostics.Add(NameBinding.Unknown(Scope, name));
            return null;
        }

        if (!_macros.Add(name.Name))
        {
            Diagnostics.Add(BindingDiagnostics.RecursiveMacro(name.Span, name.Name));
            return null;
        }

        var node = Bind(body);
        _macros.Remove(name.Name);
        return node is null ? null : node with { Syntax = name };
    }

    private TypedNode? BindCall(CallSyntax call)
    {
        if (FunctionCatalog.Find(call.Function) is not { } function)
        {
            Diagnostics.Add(NameBinding.UnknownFunction(call));
            return null;
        }

        if (function.Binder is null)
        {
            Diagnostics.Add(BindingDiagnostics.NotAvailable(call.FunctionSpan, call.Function));
            return null;
        }

        if (call.Arguments.Length < function.LeastArguments || call.Arguments.Length > function.MostArguments)
        {
            Diagnostics.Add(BindingDiagnostics.WrongArgumentCount(call.Span, function.Signature, call.Arguments.Length));
            return null;
        }

        var binding = new CallBinding(this, call);
        var node = function.Binder(binding);
        return node is null ? null
            : function.IsPure && binding.AreArgumentsConstant ? node.Folded()
            : Scope.IsWatching && call.Function is "header" or "has_header" or "header_count_of" or "macro" or "mail_param" ? node.Watched(ExpressionPrinter.Print(call))
            : node;
    }
}
