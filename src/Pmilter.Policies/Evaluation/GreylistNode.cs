using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation;

/// <summary>The greylist of a rule, running.</summary>
/// <param name="Definition">The shadow copy for a monitor rule.</param>
/// <param name="Key">The tuple, bound at the rule's phase.</param>
/// <param name="Client">Whom trust counts for; empty where the key names no client.</param>
/// <param name="Reply">Null for the server's own text.</param>
internal sealed record GreylistNode(
    GreylistDefinition Definition, ImmutableArray<KeyPart> Key, ImmutableArray<KeyPart> Client, UnknownKeys Unknown, BoundReply? Reply);
