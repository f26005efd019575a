namespace Pmilter.Policies.State;

/// <summary>What a store is asked to do.</summary>
public enum StateOperationKind
{
    /// <summary>Adds the current event to the counter; Value is the count with it, Stamp what undoes it.</summary>
    Hit,

    /// <summary>
    /// Takes a hit back, in its slot, by its Stamp, Amount and Member; without effect when it has left the window or was taken back
    /// before. Value is the count after it.
    /// </summary>
    Undo,

    /// <summary>Value is the count now, without adding anything; a shared store sets Stamp to 1 where the count comes from slots or a sample.</summary>
    Read,

    /// <summary>
    /// Until is the earliest time at which the count, if nothing more arrives, is at most Amount; now when it is already, MaxValue
    /// when it never is by itself (a gauge, an Amount below zero).
    /// </summary>
    RetryAt,

    /// <summary>
    /// Until is the time of the oldest event that counts now (where events are counted in slots, of the oldest slot's newest); default when
    /// there is none, or the store does not tell (Redis). Asked for explanations only.
    /// </summary>
    FirstAt,

    /// <summary>Forgets all events of the key (a hold with <c>after: empty</c>).</summary>
    Empty,

    /// <summary>Until is the end of the hold, which is over at that very time; default when there is none.</summary>
    HoldRead,

    /// <summary>Starts a hold unless one is running; Until is its end, Value is 1 when it began now.</summary>
    HoldStart,

    /// <summary>Until is the end of the ban, MaxValue when only lifted by hand, default when there is none.</summary>
    BanRead,

    /// <summary>Bans, unless banned already; a repeat takes the next step. Until is its end; Value is 1 when it began now.</summary>
    BanAdd,

    /// <summary>Lifts a ban and forgets its repeats; Value is 1 when there was something to forget.</summary>
    BanRemove,

    /// <summary>Remembers the key from now for the memory's time; a key that is remembered already is from now on remembered that long.</summary>
    MemoryAdd,

    /// <summary>Until is the end of the memory, default when there is none.</summary>
    MemoryRead,

    /// <summary>
    /// A delivery attempt of the tuple (Key) by the client (Client). Value is its <see cref="GreylistOutcome"/>; for Delayed, Until is the
    /// earliest time at which a retry passes.
    /// </summary>
    GreylistCheck,
}

/// <summary>What greylisting makes of an attempt. Only <see cref="Delayed"/> refuses.</summary>
public enum GreylistOutcome
{
    /// <summary>Seen for the first time, or again before the delay was over.</summary>
    Delayed,

    /// <summary>A retry in time: the tuple passes from now on.</summary>
    Passed,

    /// <summary>Has passed before; it is remembered anew from now.</summary>
    Known,

    /// <summary>The client has passed with so many tuples that it is no longer asked; the tuple is not noted.</summary>
    Trusted,

    /// <summary>The greylist is still learning: what comes is noted as if it had passed, and counts for nobody's trust.</summary>
    Learned,
}

/// <summary>One operation and its result. Exactly one of Counter, Hold, Ban, Memory and Greylist is set.</summary>
public struct StateOperation
{
    public StateOperationKind Kind { get; set; }
    public CounterDefinition? Counter { get; set; }
    public HoldDefinition? Hold { get; set; }
    public BanDefinition? Ban { get; set; }
    public MemoryDefinition? Memory { get; set; }
    public GreylistDefinition? Greylist { get; set; }

    /// <summary>The key, folded; parts joined by U+001F. The memory belongs to the batch: a store that keeps it copies it.</summary>
    public ReadOnlyMemory<char> Key { get; set; }

    /// <summary>
    /// Hit and Undo of a count or sum: what the event adds (1, bytes, a sum's term); what is not above 0 adds nothing. Distinct
    /// counters and gauges take no notice of it. RetryAt: the count to come down to.
    /// </summary>
    public double Amount { get; set; }

    /// <summary>Hit and Undo of a distinct counter: the value, folded.</summary>
    public string? Member { get; set; }

    /// <summary>
    /// GreylistCheck: whom TrustClientAfter counts for (client_net), folded; empty where the key names no client. A tuple belongs to
    /// its client: the same key is always sent with the same client.
    /// </summary>
    public ReadOnlyMemory<char> Client { get; set; }

    /// <summary>
    /// Out of Hit, into Undo. Into Hit: 0, or the stamp that another store gave to the same event, so that one Undo fits both.
    /// </summary>
    public long Stamp { get; set; }

    /// <summary>Result.</summary>
    public double Value { get; set; }

    /// <summary>Result.</summary>
    public DateTimeOffset Until { get; set; }
}

/// <summary>The operations of one event, reused from event to event: steady state allocates nothing.</summary>
public sealed class StateBatch
{
    private StateOperation[] _operations = [];

    public int Count { get; private set; }

    /// <summary>Result: the shared store did not answer, a local one did in its stead.</summary>
    public bool IsDegraded { get; set; }

    public Span<StateOperation> Operations => _operations.AsSpan(0, Count);

    public ref StateOperation this[int index] => ref _operations[index];

    /// <summary>Adds one and returns its index.</summary>
    public int Add(in StateOperation operation)
    {
        if (Count == _operations.Length)
        {
            Array.Resize(ref _operations, Math.Max(1, Count * 2));
        }

        _operations[Count] = operation;
        return Count++;
    }

    public void Clear()
    {
        _operations.AsSpan(0, Count).Clear();
        Count = 0;
        IsDegraded = false;
    }
}
