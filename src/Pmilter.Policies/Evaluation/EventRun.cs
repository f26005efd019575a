using Pmilter.Policies.Lookups;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation;

/// <summary>What the parts of an engine share while an event is evaluated. One an engine, reused.</summary>
internal sealed class EventRun(EvaluationContext context, IStateStore store, LookupBudget lookups)
{
    public EvaluationContext Context { get; } = context;

    public EventOutcome Outcome { get; } = new();

    public StateBatch Batch { get; } = new();

    public LookupBudget Lookups => lookups;

    public CancellationToken Cancellation { get; set; }

    /// <summary>Counts events, so that a hit knows its own.</summary>
    public long Event { get; set; }

    /// <summary>The store did not answer during this event.</summary>
    public bool HasStoreFailed { get; private set; }

    /// <summary>A look-up has failed during this event; whoever asks the DNS tells it, once until it answers again.</summary>
    public bool HasLookupFailed { get; private set; }

    public void Begin(DateTimeOffset now, CancellationToken cancellationToken)
    {
        Context.Now = now;
        Context.IsShadow = false;
        Context.IsDegraded = false;
        Context.EventSlots.Clear();
        Outcome.Clear();
        Batch.Clear();
        lookups.EndEvent();
        Cancellation = cancellationToken;
        HasStoreFailed = false;
        HasLookupFailed = false;
        Event++;
    }

    /// <summary>Sends the batch; false, and a line in the errors, when the store failed.</summary>
    public async ValueTask<bool> ExecuteAsync(StateBatch batch)
    {
        try
        {
            await store.ExecuteAsync(batch, Context.Now, Cancellation).ConfigureAwait(false);
            Context.IsDegraded |= batch.IsDegraded;
            return true;
        }
        catch (Exception failure)
        {
            Fail(failure);
            return false;
        }
    }

    /// <summary>Looks up the fact that a node waits for and keeps it where the node said.</summary>
    public async ValueTask ResolveAsync()
    {
        if (Context.PendingSource is not { } source || Context.PendingTable is not { } table)
        {
            throw new InvalidOperationException("An expression is pending and names no fact.");
        }

        Context.PendingSource = null;
        Context.PendingTable = null;
        try
        {
            var token = source is LookupSource ? lookups.Token(Cancellation) : Cancellation;
            var value = await source.ResolveAsync(Context, store, token).ConfigureAwait(false);
            table[source.Index] = value;
            if (source is LookupSource lookup && value is { Status: EvaluationStatus.Failed, Error: { } error })
            {
                Outcome.Error(RuleReference.Server, $"Look-up {lookup.Asked(value.Subject ?? string.Empty)}: {error}", isToldElsewhere: true);
                HasLookupFailed = true;
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
            table[source.Index] = SlotValue.Failed;
        }
    }

    /// <summary>The value, looked-up facts included.</summary>
    public ValueTask<Truth> TestAsync(Expression<bool> condition)
    {
        var status = condition.Evaluate(Context, out var value);
        return status == EvaluationStatus.Pending ? ResolveAndTestAsync(condition) : new ValueTask<Truth>(ToTruth(status, value));
    }

    private async ValueTask<Truth> ResolveAndTestAsync(Expression<bool> condition)
    {
        EvaluationStatus status;
        bool value;
        do
        {
            await ResolveAsync().ConfigureAwait(false);
            status = condition.Evaluate(Context, out value);
        }
        while (status == EvaluationStatus.Pending);
        return ToTruth(status, value);
    }

    /// <summary>Whatever a store throws, a bug of its own included, is a store that failed.</summary>
    private void Fail(Exception failure)
    {
        var message = failure switch
        {
            StateStoreException => failure.Message,
            OperationCanceledException => "no answer in time",
            _ => $"{failure.GetType().Name}: {failure.Message}",
        };
        HasStoreFailed = true;
        Outcome.Error(RuleReference.Server, $"State store: {message}");
    }

    private static Truth ToTruth(EvaluationStatus status, bool value) =>
        status == EvaluationStatus.Failed ? Truth.Failed : value ? Truth.True : Truth.False;
}

/// <summary>A condition, or the fact that it rests on is missing.</summary>
internal enum Truth
{
    False,
    True,
    Failed,
}
