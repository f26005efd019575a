using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Steps;

/// <summary><c>remember:</c>. Written when the message is accepted at its end.</summary>
internal sealed class RememberStep(BoundMemory memory, ImmutableArray<KeyPart> key) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        var status = scope.Memories.Keys.TryMake(scope.Context, key, out var text, out var isUnknown);
        if (status != EvaluationStatus.Known || (isUnknown && memory.Unknown == UnknownKeys.Skip))
        {
            return status;
        }

        scope.Memories.Add(scope.IsShadow ? memory.ShadowDefinition : memory.Definition, text, scope.Context.Transaction.Recipient);
        return EvaluationStatus.Known;
    }
}

/// <summary>What the running message will leave to memory, if it is accepted.</summary>
internal sealed class MessageMemories
{
    private readonly List<(MemoryDefinition Memory, ReadOnlyMemory<char> Key, RecipientFacts? Recipient)> _kept = [];

    /// <summary>The buffers of the keys: theirs until the message is over.</summary>
    public KeyText Keys { get; } = new();

    public void Add(MemoryDefinition memory, ReadOnlyMemory<char> key, RecipientFacts? recipient) => _kept.Add((memory, key, recipient));

    /// <summary>Of recipients, only those that were not refused.</summary>
    public void Queue(StateBatch batch)
    {
        foreach (var (memory, key, recipient) in _kept)
        {
            if (recipient is not { IsRefused: true })
            {
                batch.Add(new StateOperation { Kind = StateOperationKind.MemoryAdd, Memory = memory, Key = key });
            }
        }
    }

    public void Clear()
    {
        _kept.Clear();
        Keys.Clear();
    }
}
