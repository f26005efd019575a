using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>A checked expression: what runs, and what it needs.</summary>
public sealed record BoundExpression<T>(Expression<T> Node, ExpressionUsage Usage, ExpressionSyntax Syntax);

/// <summary>What an expression reads, gathered while binding; the set's requirements are the union.</summary>
public sealed class ExpressionUsage
{
    /// <summary>Names of the fields that are read, for explain, fields of the decision log and unused-name checks.</summary>
    public HashSet<string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>The events that must be sent for its facts: header for <c>subject</c>, connect for <c>client_ip</c>.</summary>
    public MilterEvents Events { get; set; }

    /// <summary>Macros beyond the MTAs' defaults, by stage.</summary>
    public HashSet<(MacroStage Stage, string Macro)> Macros { get; } = [];

    /// <summary>The earliest phase at which everything it reads is known.</summary>
    public Phase FirstPhase { get; set; }

    /// <summary>Headers whose first field is kept by name for <c>header('Name')</c> and its like.</summary>
    public HashSet<string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers of which not only the first field is kept, or <c>*</c> for all.</summary>
    public HashSet<string> EveryHeader { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How often names of header fields come must be known.</summary>
    public bool CountsHeaders { get; set; }

    /// <summary>The whole body must be kept until eom.</summary>
    public bool RewritesBody { get; set; }

    public HashSet<BoundCounter> Counters { get; } = [];

    public HashSet<BoundBan> Bans { get; } = [];

    public HashSet<BoundMemory> Memories { get; } = [];

    public HashSet<BoundGreylist> Greylists { get; } = [];

    /// <summary>Names of lists and patterns used.</summary>
    public HashSet<string> Lists { get; } = new(StringComparer.Ordinal);

    /// <summary>What of the content it reads.</summary>
    public ContentNeeds Content { get; set; }

    /// <summary>Questions about texts, whose answers the decision log keeps in the texts' place.</summary>
    internal Dictionary<string, TextQuestionNode> TextQuestions { get; } = new(StringComparer.Ordinal);
    /// <summary>Facts of the DNS.</summary>
    internal HashSet<LookupSource> Lookups { get; } = [];

    public bool ReadsMtaRefused { get; set; }

    public bool ReadsLeadingSpace { get; set; }

    public bool ReadsGeo { get; set; }

    /// <summary>client_asn or client_as_org: the second data file.</summary>
    public bool ReadsAsn { get; set; }

    /// <summary>It reads the current recipient: a counter at data and later hits once for each.</summary>
    public bool ReadsRecipient { get; set; }

    /// <summary>Whether it can be Pending or Failed: a look-up is in it.</summary>
    public bool HasLookup { get; set; }

    public void Add(ExpressionUsage other)
    {
        Fields.UnionWith(other.Fields);
        Events |= other.Events;
        Macros.UnionWith(other.Macros);
        FirstPhase = FirstPhase > other.FirstPhase ? FirstPhase : other.FirstPhase;
        Headers.UnionWith(other.Headers);
        EveryHeader.UnionWith(other.EveryHeader);
        Counters.UnionWith(other.Counters);
        Bans.UnionWith(other.Bans);
        Memories.UnionWith(other.Memories);
        Greylists.UnionWith(other.Greylists);
        Lists.UnionWith(other.Lists);
        Content |= other.Content;
        foreach (var (question, node) in other.TextQuestions)
        {
            TextQuestions.TryAdd(question, node);
        }

        CountsHeaders |= other.CountsHeaders;
        RewritesBody |= other.RewritesBody;
        Lookups.UnionWith(other.Lookups);
        ReadsMtaRefused |= other.ReadsMtaRefused;
        ReadsLeadingSpace |= other.ReadsLeadingSpace;
        ReadsGeo |= other.ReadsGeo;
        ReadsAsn |= other.ReadsAsn;
        ReadsRecipient |= other.ReadsRecipient;
        HasLookup |= other.HasLookup;
    }
}

/// <summary>
/// One part of a key, or a distinct value: any type, made text and folded as conditions compare (ordinal, ignoring case).
/// </summary>
public abstract class KeyPart(ExpressionUsage usage, string source)
{
    public ExpressionUsage Usage { get; } = usage;

    /// <summary>As written.</summary>
    public string Source { get; } = source;

    /// <summary>
    /// Appends the folded text. Unknown (<c>''</c>, ASN 0, country ZZ; but not the null sender) is told by <paramref name="isUnknown"/>.
    /// </summary>
    public abstract EvaluationStatus Append(EvaluationContext context, System.Text.StringBuilder key, out bool isUnknown);
}
