namespace Pmilter.Policies.State;

/// <summary>
/// Where counters, holds and bans live. One call is one round trip: the operations of a batch run in order and write their
/// results into the batch. The time is an argument, so that a virtual clock drives every store.
/// </summary>
public interface IStateStore
{
    /// <summary>Completes synchronously where the store is local.</summary>
    /// <exception cref="StateStoreException">The store did not answer; nothing is promised about what was done.</exception>
    ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>The store failed or was late; the rule's <c>on_error</c> decides.</summary>
public sealed class StateStoreException : Exception
{
    public StateStoreException()
    {
    }

    public StateStoreException(string message)
        : base(message)
    {
    }

    public StateStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
