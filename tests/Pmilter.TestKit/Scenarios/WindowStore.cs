using Pmilter.Policies.State;

namespace Pmilter.TestKit.Scenarios;

/// <summary>The plainest store that keeps the contract: every event in a list. Can be told to fail.</summary>
public sealed class WindowStore : IStateStore
{
    private readonly Dictionary<string, List<(long Stamp, DateTimeOffset At, double Amount, string? Member)>> _events = [];
    private readonly Dictionary<string, DateTimeOffset> _holds = [];
    private readonly Dictionary<string, (int Repeats, DateTimeOffset Until)> _bans = [];
    private long _stamp;

    public bool IsDown { get; set; }

    public int Batches { get; private set; }

    public List<string> Operations { get; } = [];

    public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Batches++;
        if (IsDown)
        {
            throw new StateStoreException("down");
        }

        foreach (ref var operation in batch.Operations)
        {
            var name = operation.Counter?.Name ?? operation.Hold?.Name ?? operation.Ban?.Name ?? "?";
            Operations.Add($"{operation.Kind} {name} {operation.Key}");
            Execute(ref operation, now, $"{name} {operation.Key}");
        }

        return ValueTask.CompletedTask;
    }

    public double CountOf(string nameAndKey, DateTimeOffset now) => _events.TryGetValue(nameAndKey, out var events) ? events.Count(e => e.At > now - TimeSpan.FromDays(31)) : 0;

    private void Execute(ref StateOperation operation, DateTimeOffset now, string id)
    {
        switch (operation.Kind)
        {
            case StateOperationKind.Hit:
                operation.Stamp = ++_stamp;
                Events(id).Add((_stamp, now, operation.Amount, operation.Member));
                operation.Value = Count(operation.Counter!, id, now);
                break;
            case StateOperationKind.Undo:
                var stamp = operation.Stamp;
                Events(id).RemoveAll(e => e.Stamp == stamp);
                break;
            case StateOperationKind.Read:
                operation.Value = Count(operation.Counter!, id, now);
                break;
            case StateOperationKind.RetryAt:
                var at = now;
                foreach (var each in Events(id).OrderBy(e => e.At).ToArray())
                {
                    at = Count(operation.Counter!, id, at) <= operation.Amount ? at : each.At + operation.Counter!.Window;
                }

                operation.Until = at;
                break;
            case StateOperationKind.Empty:
                Events(id).Clear();
                break;
            case StateOperationKind.HoldRead:
                operation.Until = _holds.TryGetValue(id, out var hold) && hold > now ? hold : default;
                break;
            case StateOperationKind.HoldStart:
                operation.Value = _holds.TryGetValue(id, out hold) && hold > now ? 0 : 1;
                operation.Until = operation.Value == 0 ? hold : _holds[id] = now + operation.Hold!.For;
                break;
            case StateOperationKind.BanRead:
                operation.Until = _bans.TryGetValue(id, out var ban) && ban.Until > now ? ban.Until : default;
                break;
            case StateOperationKind.BanAdd:
                Ban(ref operation, now, id);
                break;
            case StateOperationKind.BanRemove:
                _bans.Remove(id);
                break;
        }
    }

    private void Ban(ref StateOperation operation, DateTimeOffset now, string id)
    {
        var ban = _bans.GetValueOrDefault(id);
        if (ban.Until <= now)
        {
            var repeats = ban.Repeats > 0 && now < ban.Until + operation.Ban!.Forget ? ban.Repeats : 0;
            var step = operation.Ban!.Steps[Math.Min(repeats, operation.Ban.Steps.Count - 1)];
            ban = (repeats + 1, step is { } length ? now + length : DateTimeOffset.MaxValue);
            _bans[id] = ban;
            operation.Value = 1;
        }

        operation.Until = ban.Until;
    }

    private List<(long Stamp, DateTimeOffset At, double Amount, string? Member)> Events(string id) =>
        _events.TryGetValue(id, out var events) ? events : _events[id] = [];

    private double Count(CounterDefinition counter, string id, DateTimeOffset now)
    {
        var alive = Events(id).Where(e => counter.Window == TimeSpan.Zero || e.At > now - counter.Window);
        return counter.Kind switch
        {
            WindowKind.Distinct => alive.Select(e => e.Member).Distinct().Count(),
            WindowKind.Sum => alive.Sum(e => e.Amount),
            _ => alive.Count(),
        };
    }
}
