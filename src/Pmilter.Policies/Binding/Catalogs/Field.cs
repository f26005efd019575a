using System.Net;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>A field of the language: what it is called, means and needs. The binder, <c>pmilter fields</c> and the docs read the same table.</summary>
/// <param name="Name">As written in conditions.</param>
/// <param name="Type">Its type.</param>
/// <param name="First">The phase at which it becomes known.</param>
/// <param name="Summary">One line of documentation.</param>
public abstract record Field(string Name, ValueType Type, Phase First, string Summary)
{
    /// <summary>Known in its first phase alone (header, body, unknown; rcpt also inside any_rcpt and its like).</summary>
    public bool IsOnly { get; init; }

    /// <summary>The events that must be sent for it.</summary>
    public MilterEvents Events { get; init; }

    /// <summary>Macros that it needs and that not every MTA sends by default.</summary>
    public IReadOnlyList<(MacroStage Stage, string Macro)> Macros { get; init; } = [];

    /// <summary>The header whose value must be kept for it; empty for none.</summary>
    public string Header { get; init; } = string.Empty;

    /// <summary>The only values that it takes; empty where it may take any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Known only inside any_part and its like.</summary>
    public bool IsOfPart { get; init; }

    /// <summary>What of the content must be read for it.</summary>
    public ContentNeeds Content { get; init; }

    public bool ReadsGeo { get; init; }

    public bool ReadsAsn { get; init; }

    /// <summary>Negotiates SMFIP_RCPT_REJ.</summary>
    public bool ReadsMtaRefused { get; init; }

    /// <summary>Negotiates SMFIP_HDR_LEADSPC.</summary>
    public bool ReadsLeadingSpace { get; init; }

    /// <summary>Numbers that are never below zero.</summary>
    public bool IsSigned { get; init; }

    /// <summary>Whether it is the envelope sender, whose emptiness is a value (<c>&lt;&gt;</c>) in keys.</summary>
    internal bool IsSender { get; init; }

    /// <summary>Steps of rules change it while their phase runs, and monitor rules read another.</summary>
    internal bool IsSetByRules { get; init; }

    /// <summary>Its value now, as text, number or truth; an address as text. Null when an address is not known.</summary>
    public abstract object? ValueIn(EvaluationContext context);

    /// <summary>Whether it may be read in a phase. At abort what came before the headers is still there, at unknown and close the connection.</summary>
    public bool IsKnownIn(Phase phase) => phase switch
    {
        _ when IsOfPart => false,
        _ when IsOnly => phase == First,
        Phase.Unknown or Phase.Close => First <= Phase.Helo,
        Phase.Abort => First <= Phase.Data,
        _ => First <= phase,
    };
}

/// <summary>With its reader; T is string, double, bool or IPAddress.</summary>
internal sealed record Field<T>(string Name, ValueType Type, Phase First, string Summary, Func<EvaluationContext, T> Read) : Field(Name, Type, First, Summary)
{
    public override object? ValueIn(EvaluationContext context) => Read(context) is { } value ? value is IPAddress address ? address.ToString() : value : null;
}

/// <summary>What must be looked up: its value is no column of the event, but among the look-ups.</summary>
public sealed record LookupField : Field
{
    internal LookupField(string name, Phase first, string summary, Func<ExpressionPass, Syntax.ExpressionSyntax, TypedNode?> bind, ValueType type = ValueType.Bool)
        : base(name, type, first, summary) => Bind = bind;

    internal Func<ExpressionPass, Syntax.ExpressionSyntax, TypedNode?> Bind { get; }

    public override object? ValueIn(EvaluationContext context) => null;
}

/// <summary>Makes fields of each type.</summary>
internal static class NewField
{
    public static Field Text(string name, Phase first, MilterEvents events, string summary, Func<EvaluationContext, string> read) =>
        new Field<string>(name, ValueType.Text, first, summary, read) { Events = events };

    public static Field Number(string name, Phase first, MilterEvents events, string summary, Func<EvaluationContext, double> read) =>
        new Field<double>(name, ValueType.Number, first, summary, read) { Events = events };

    public static Field Bool(string name, Phase first, MilterEvents events, string summary, Func<EvaluationContext, bool> read) =>
        new Field<bool>(name, ValueType.Bool, first, summary, read) { Events = events };

    public static Field Ip(string name, Phase first, MilterEvents events, string summary, Func<EvaluationContext, IPAddress?> read) =>
        new Field<IPAddress?>(name, ValueType.Ip, first, summary, read) { Events = events };
}
