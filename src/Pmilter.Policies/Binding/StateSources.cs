using System.Collections.Immutable;
using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>
/// A read of the state store under a key. It holds for one event, since a count changes with the next; with a recipient's key it holds
/// for that recipient, so that <c>any_rcpt</c> keeps them apart.
/// </summary>
internal abstract class StateSource(int index, SlotLifetime lifetime, ImmutableArray<KeyPart> key, UnknownKeys unknown) : SlotSource(index, lifetime)
{
    /// <summary>The slot's value, or Pending with the context told who resolves it.</summary>
    public EvaluationStatus Read(EvaluationContext context, out SlotValue value)
    {
        var recipient = context.Transaction.Recipient;
        var part = context.Transaction.Part;
        var table = Lifetime switch
        {
            SlotLifetime.Recipient when recipient is not null => recipient.Slots,
            SlotLifetime.Part when part is not null => part.Slots,
            _ => context.EventSlots,
        };
        value = table[Index];
        if (value.Status != EvaluationStatus.Pending)
        {
            return value.Status;
        }

        // A key may rest on a look-up of its own; that one goes first.
        if (RestsOnLookup() && StateKey.Append(key, context, new StringBuilder(), out _) is var status && status != EvaluationStatus.Known)
        {
            return status;
        }

        context.PendingSource = this;
        context.PendingTable = table;
        context.PendingRecipient = recipient;
        context.PendingPart = part;
        return EvaluationStatus.Pending;
    }

    public sealed override async ValueTask<SlotValue> ResolveAsync(EvaluationContext context, IStateStore state, CancellationToken cancellationToken)
    {
        var transaction = context.Transaction;
        var outer = transaction.Recipient;
        transaction.Recipient = context.PendingRecipient;
        transaction.Part = context.PendingPart;
        context.LookupKeys.Clear();
        var status = context.LookupKeys.TryMake(context, key, out var text, out var isUnknown);
        transaction.Recipient = outer;
        transaction.Part = null;
        if (status != EvaluationStatus.Known)
        {
            return SlotValue.Failed;
        }

        if (isUnknown && unknown == UnknownKeys.Skip)
        {
            return SlotValue.Of(0);
        }

        var batch = context.LookupBatch;
        batch.Clear();
        batch.Add(Operation(text));
        await state.ExecuteAsync(batch, context.Now, cancellationToken).ConfigureAwait(false);
        context.IsDegraded |= batch.IsDegraded;
        return Result(batch[0], context.Now);
    }

    protected abstract StateOperation Operation(ReadOnlyMemory<char> key);

    protected abstract SlotValue Result(in StateOperation operation, DateTimeOffset now);

    private bool RestsOnLookup()
    {
        foreach (var part in key)
        {
            if (part.Usage.HasLookup)
            {
                return true;
            }
        }

        return false;
    }

}

/// <summary>Keys of the store: folded parts joined by U+001F.</summary>
internal static class StateKey
{
    /// <summary>Unknown when any part is. Stops at the first part that is not known yet.</summary>
    public static EvaluationStatus Append(ImmutableArray<KeyPart> key, EvaluationContext context, StringBuilder text, out bool isUnknown)
    {
        isUnknown = false;
        for (var i = 0; i < key.Length; i++)
        {
            if (i > 0)
            {
                text.Append(KeyFolding.Separator);
            }

            var status = key[i].Append(context, text, out var isPartUnknown);
            if (status != EvaluationStatus.Known)
            {
                return status;
            }

            isUnknown |= isPartUnknown;
        }

        return EvaluationStatus.Known;
    }
}

internal sealed class CounterSource(int index, SlotLifetime lifetime, ImmutableArray<KeyPart> key, BoundCounter counter, bool isShadow)
    : StateSource(index, lifetime, key, counter.Syntax.Unknown)
{
    protected override StateOperation Operation(ReadOnlyMemory<char> key) => new()
    {
        Kind = StateOperationKind.Read,
        Counter = isShadow ? counter.ShadowDefinition : counter.Definition,
        Key = key,
    };

    protected override SlotValue Result(in StateOperation operation, DateTimeOffset now) => SlotValue.Of(operation.Value);
}

internal sealed class MemorySource(int index, SlotLifetime lifetime, ImmutableArray<KeyPart> key, BoundMemory memory, bool isShadow)
    : StateSource(index, lifetime, key, memory.Unknown)
{
    protected override StateOperation Operation(ReadOnlyMemory<char> key) => new()
    {
        Kind = StateOperationKind.MemoryRead,
        Memory = isShadow ? memory.ShadowDefinition : memory.Definition,
        Key = key,
    };

    protected override SlotValue Result(in StateOperation operation, DateTimeOffset now) => SlotValue.Of(operation.Until > now ? 1 : 0);
}

internal sealed class BanSource(int index, SlotLifetime lifetime, ImmutableArray<KeyPart> key, BoundBan ban, bool isShadow)
    : StateSource(index, lifetime, key, ban.Unknown)
{
    protected override StateOperation Operation(ReadOnlyMemory<char> key) => new()
    {
        Kind = StateOperationKind.BanRead,
        Ban = isShadow ? ban.ShadowDefinition : ban.Definition,
        Key = key,
    };

    protected override SlotValue Result(in StateOperation operation, DateTimeOffset now) => SlotValue.Of(operation.Until > now ? 1 : 0);
}
