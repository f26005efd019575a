using Pmilter.Policies.Lists;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>The names that one policy file may use: its own and those that it imports with <c>use</c>. Built by the policy binder, read by the expression binder.</summary>
public sealed class BindingScope
{
    public required string PolicyName { get; init; }

    /// <summary>Nodes note their values: for explanations, not for mail.</summary>
    public bool IsTracing { get; init; }

    /// <summary>Facts note that they are read: for replays.</summary>
    public bool IsWatching { get; init; }

    /// <summary>Whom <c>notify:</c> may name.</summary>
    public IReadOnlyDictionary<string, NoticeTarget> NoticeTargets { get; init; } = new Dictionary<string, NoticeTarget>(StringComparer.Ordinal);

    /// <summary>Whose Authentication-Results are believed, normalised.</summary>
    public IReadOnlySet<string> TrustedAuthServers { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary><c>auth.check</c> is on: SPF, DKIM and DMARC are our own.</summary>
    public bool ChecksAuthentication { get; init; }

    public Dictionary<string, MailList> Lists { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Pattern> Patterns { get; } = new(StringComparer.Ordinal);

    /// <summary>Bodies as written; bound anew at each use, so that phases are checked where they are used. Recursion is an error.</summary>
    public Dictionary<string, ExpressionSyntax> Macros { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BoundCounter> Counters { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BoundBan> Bans { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BoundGreylist> Greylists { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BoundMemory> Memories { get; } = new(StringComparer.Ordinal);

    /// <summary>The type of each variable that a <c>set:</c> of the file writes.</summary>
    public Dictionary<string, ValueType> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Every word that a <c>tag:</c> of the set writes, so that <c>tagged('typo')</c> is caught.</summary>
    public HashSet<string> Tags { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>The types of the language.</summary>
public enum ValueType
{
    Text,
    Number,
    Bool,
    Ip,
    Time,
}
