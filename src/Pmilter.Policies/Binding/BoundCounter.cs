using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>A counter, checked. Index is its place in the policy set's readings.</summary>
public sealed class BoundCounter
{
    public required string Name { get; init; }

    public required int Index { get; init; }

    public required Phase Phase { get; init; }

    public required CountKind Kind { get; init; }

    public required CounterDefinition Definition { get; init; }

    /// <summary>The shadow copy that monitor rules read.</summary>
    public required CounterDefinition ShadowDefinition { get; init; }

    public required CounterSyntax Syntax { get; init; }

    public required ImmutableArray<KeyPart> Key { get; init; }

    public BoundExpression<bool>? When { get; init; }

    public BoundExpression<bool>? Unless { get; init; }

    /// <summary><c>distinct(expr)</c>: the value counted.</summary>
    public KeyPart? DistinctOf { get; init; }

    /// <summary><c>sum(expr)</c>.</summary>
    public BoundExpression<double>? SumOf { get; init; }
}

/// <summary>A memory, checked.</summary>
public sealed class BoundMemory
{
    public required string Name { get; init; }

    public required ImmutableArray<KeyPart> Key { get; init; }

    public required MemoryDefinition Definition { get; init; }

    public required MemoryDefinition ShadowDefinition { get; init; }

    public required UnknownKeys Unknown { get; init; }
}

/// <summary>A greylist, checked; its key is bound where a rule uses it.</summary>
public sealed class BoundGreylist
{
    public required string Name { get; init; }

    public required GreylistDefinition Definition { get; init; }

    /// <summary>The copy that monitor rules write.</summary>
    public GreylistDefinition ShadowDefinition => Definition with { Name = Definition.Name + GreylistDefinition.ShadowSuffix };

    /// <summary>Its key narrows the client down, so that a client can be trusted.</summary>
    public required bool NamesClient { get; init; }

    public required UnknownKeys Unknown { get; init; }
}

/// <summary>A ban, checked.</summary>
public sealed class BoundBan
{
    public required string Name { get; init; }

    public required ImmutableArray<KeyPart> Key { get; init; }

    public required BanDefinition Definition { get; init; }

    public required BanDefinition ShadowDefinition { get; init; }

    public required UnknownKeys Unknown { get; init; }
}
