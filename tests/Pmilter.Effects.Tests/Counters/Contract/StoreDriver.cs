using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

/// <summary>Talks to a store one operation at a time, at a time given in milliseconds from the start.</summary>
public sealed class StoreDriver(IStateStore store)
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly StateBatch _batch = new();

    public IStateStore Store { get; } = store;

    public static DateTimeOffset At(double milliseconds) => Start + TimeSpan.FromMilliseconds(milliseconds);

    public static CounterDefinition Counter(
        WindowKind kind = WindowKind.Count, double seconds = 10, int maxKeys = 100_000, long maxBytes = 64_000_000, double halfFull = 0, string name = "p/c") =>
        new(name, kind, TimeSpan.FromSeconds(kind == WindowKind.Gauge ? 0 : seconds), "client_ip", maxKeys, maxBytes, false, halfFull);

    public StateOperation Hit(CounterDefinition counter, double at, string key = "k", double amount = 1, string? member = null) =>
        Run(new StateOperation { Kind = StateOperationKind.Hit, Counter = counter, Key = key.AsMemory(), Amount = amount, Member = member }, at);

    /// <summary>Many values of one key, a thousand a batch.</summary>
    public void HitMembers(CounterDefinition counter, double at, IEnumerable<string> members, string key = "k")
    {
        foreach (var some in members.Chunk(1_000))
        {
            _batch.Clear();
            foreach (var member in some)
            {
                _batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = counter, Key = key.AsMemory(), Amount = 1, Member = member });
            }

            Complete(Store.ExecuteAsync(_batch, At(at), CancellationToken.None));
        }
    }

    public double Undo(StateOperation hit, double at) => Run(hit with { Kind = StateOperationKind.Undo }, at).Value;

    public double Read(CounterDefinition counter, double at, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.Read, Counter = counter, Key = key.AsMemory() }, at).Value;

    public DateTimeOffset RetryAt(CounterDefinition counter, double at, double amount, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.RetryAt, Counter = counter, Key = key.AsMemory(), Amount = amount }, at).Until;

    public void Empty(CounterDefinition counter, double at, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.Empty, Counter = counter, Key = key.AsMemory() }, at);

    public StateOperation StartHold(HoldDefinition hold, double at, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.HoldStart, Hold = hold, Key = key.AsMemory() }, at);

    public DateTimeOffset Hold(HoldDefinition hold, double at, bool start = false, string key = "k") =>
        Run(new StateOperation { Kind = start ? StateOperationKind.HoldStart : StateOperationKind.HoldRead, Hold = hold, Key = key.AsMemory() }, at).Until;

    public StateOperation Ban(BanDefinition ban, double at, StateOperationKind kind, string key = "k") =>
        Run(new StateOperation { Kind = kind, Ban = ban, Key = key.AsMemory() }, at);

    public DateTimeOffset Remember(MemoryDefinition memory, double at, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.MemoryAdd, Memory = memory, Key = key.AsMemory() }, at).Until;

    public DateTimeOffset Remembered(MemoryDefinition memory, double at, string key = "k") =>
        Run(new StateOperation { Kind = StateOperationKind.MemoryRead, Memory = memory, Key = key.AsMemory() }, at).Until;

    public (GreylistOutcome Outcome, DateTimeOffset Until) Greylist(GreylistDefinition greylist, double at, string key = "k", string client = "c")
    {
        var operation = Run(
            new StateOperation { Kind = StateOperationKind.GreylistCheck, Greylist = greylist, Key = key.AsMemory(), Client = client.AsMemory() }, at);
        return ((GreylistOutcome)operation.Value, operation.Until);
    }

    public StateOperation Run(StateOperation operation, double at)
    {
        _batch.Clear();
        _batch.Add(operation);
        Complete(Store.ExecuteAsync(_batch, At(at), CancellationToken.None));
        return _batch[0];
    }

    /// <summary>A shared store answers later; the contract's tests wait for it, one operation after the other.</summary>
    private static void Complete(ValueTask operation)
    {
        if (operation.IsCompleted)
        {
            operation.GetAwaiter().GetResult();
            return;
        }

        operation.AsTask().GetAwaiter().GetResult();
    }
}
