using System.Globalization;
using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary>
/// Lowers rules to monitor, raises them again, and blocks, for a while: the policies in force are compiled again under it and exchanged,
/// as at a reload. Nothing is ever stronger than the files say.
/// </summary>
internal sealed partial class SafetyDesk(PolicyReloader reloader, PolicyHost policies, InterventionKeeper keeper, TimeProvider time, ILogger<SafetyDesk> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private IReadOnlyList<BlownRule> _toldBlown = [];
    private string _toldFailure = string.Empty;

    /// <summary>Null where there are no fuses.</summary>
    public FuseDesk? Fuses { get; init; }

    /// <summary>Ends what is over, and puts rules in monitor whose fuse has blown.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (keeper.Problem.Length > 0)
        {
            Log.Problem(logger, keeper.Problem);
        }

        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                EndWhatIsOver();
                LowerWhatHasBlown();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    public SafetyStatus Read()
    {
        var now = keeper.Current.At(time.GetUtcNow());
        return new SafetyStatus(now.Lowered, now.Blocks, keeper.Problem) { Blown = now.Blown };
    }

    /// <exception cref="AdminException">There is no such rule, or it does not enforce.</exception>
    public Task<SafetyAnswer> LowerAsync(string rule, TimeSpan span, string by, string reason) => Task.Run(() =>
    {
        var name = Resolve(rule);
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            var isLowered = current.Lowered.Any(lowered => lowered.Rule == name);
            if (current.Blown.Any(blown => blown.Rule == name))
            {
                throw new AdminException($"{name} is in monitor already, since its fuse has blown.");
            }

            if (name != LoweredRule.All && !isLowered && !current.Lowered.Any(lowered => lowered.Rule == LoweredRule.All) && ModeOf(name) is not PolicyMode.Enforce and var mode)
            {
                throw new AdminException($"{name} is in {Word(mode)} by its file or policies.mode: it refuses nothing.");
            }

            var lowered = new LoweredRule(name, time.GetUtcNow(), time.GetUtcNow() + span, by, reason);
            Apply(current with { Lowered = [.. current.Lowered.Where(each => each.Rule != name), lowered] });
            Log.Lowered(logger, name, Time(lowered.Until), by, reason);
            return Answer($"{name} is in monitor until {Time(lowered.Until)}");
        }
    });

    /// <exception cref="AdminException">It was not lowered by hand.</exception>
    public Task<SafetyAnswer> RaiseAsync(string rule, string by) => Task.Run(() =>
    {
        var name = Resolve(rule);
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            if (name != LoweredRule.All && !current.InMonitor.Contains(name, StringComparer.Ordinal))
            {
                throw new AdminException(
                    current.InMonitor.Contains(LoweredRule.All, StringComparer.Ordinal) ? $"All rules are in monitor; 'pmilter mode all enforce' ends that."
                    : ModeOf(name) == PolicyMode.Enforce ? $"{name} enforces already."
                    : $"{name} is in {Word(ModeOf(name))} by its file or policies.mode; 'pmilter promote' shows what enforcing it would do.");
            }

            // All means all: what was lowered singly goes up with the rest.
            Apply(current with
            {
                Lowered = [.. current.Lowered.Where(each => name != LoweredRule.All && each.Rule != name)],
                Blown = [.. current.Blown.Where(each => name != LoweredRule.All && each.Rule != name)],
            });
            Fuses?.Arm(name);
            Log.Raised(logger, name, by);
            return Answer(name == LoweredRule.All ? "All rules are as their files say" : $"{name} is as its file says{(IsRule(name) ? $": {Word(ModeOf(name))}" : ", which has it no more")}");
        }
    });

    /// <exception cref="AdminException">A condition is wrong.</exception>
    public Task<SafetyAnswer> BlockAsync(IReadOnlyList<string> conditions, bool rejects, TimeSpan span, string by, string reason) => Task.Run(() =>
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var current = keeper.Current.At(now);
            var block = new Block(string.Create(CultureInfo.InvariantCulture, $"b{current.NextBlock}"), conditions, rejects, now, now + span, by, reason);
            if (conditions.Count == 0)
            {
                throw new AdminException("A block needs a condition, such as client_ip=203.0.113.0/24.");
            }

            if (BlockPolicy.Mistake(block, now) is { } mistake)
            {
                throw new AdminException($"Not blocked: {mistake}.");
            }

            Apply(current with { Blocks = [.. current.Blocks, block], NextBlock = current.NextBlock + 1 });
            Log.Blocked(logger, block.Id, string.Join(' ', conditions), Time(block.Until), by, reason);
            return Answer($"{block.Id}: {string.Join(' ', conditions)} is {(rejects ? "rejected" : "refused for now")} until {Time(block.Until)}");
        }
    });

    /// <exception cref="AdminException">There is no such block.</exception>
    public Task<SafetyAnswer> UnblockAsync(string id, string by) => Task.Run(() =>
    {
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            if (!current.Blocks.Any(block => block.Id == id))
            {
                throw new AdminException(current.Blocks.Count == 0 ? "There are no blocks." : $"There is no block '{id}'; there are: {string.Join(", ", current.Blocks.Select(block => block.Id))}.");
            }

            Apply(current with { Blocks = [.. current.Blocks.Where(block => block.Id != id)] });
            Log.Unblocked(logger, id, by);
            return Answer($"{id}: lifted");
        }
    });

    /// <summary>One look; the timer's.</summary>
    public void EndWhatIsOver()
    {
        lock (_gate)
        {
            var before = keeper.Current;
            var current = before.At(time.GetUtcNow());
            if (current.Lowered.Count == before.Lowered.Count && current.Blocks.Count == before.Blocks.Count)
            {
                return;
            }

            if (Failure(current) is { } failure)
            {
                // What is over stays until the policies compile again: told once.
                if (_toldFailure != failure)
                {
                    _toldFailure = failure;
                    Log.Problem(logger, failure);
                }

                return;
            }

            _toldFailure = string.Empty;
            foreach (var over in before.Lowered.Except(current.Lowered))
            {
                Log.RaisedByTime(logger, over.Rule);
            }

            foreach (var over in before.Blocks.Except(current.Blocks))
            {
                Log.UnblockedByTime(logger, over.Id, string.Join(' ', over.Conditions));
            }
        }
    }

    /// <summary>
    /// One look; the timer's. The fuse itself refuses nothing from the moment it blew: what is done here makes a monitor rule of it, which
    /// leaves no state either, and outlasts the process.
    /// </summary>
    public void LowerWhatHasBlown()
    {
        lock (_gate)
        {
            var current = keeper.Current;
            if (Fuses?.New(current) is not { Count: > 0 } blown)
            {
                return;
            }

            foreach (var one in blown.Except(_toldBlown))
            {
                Fuses.Tell(one);
            }

            _toldBlown = blown;
            if (Failure(current with { Blown = [.. current.Blown, .. blown] }) is { } failure && _toldFailure != failure)
            {
                _toldFailure = failure;
                Log.Problem(logger, failure);
            }
        }
    }

    private void Apply(Interventions next)
    {
        if (Failure(next) is { } failure)
        {
            throw new AdminException($"Nothing was changed: {failure}");
        }
    }

    /// <summary>Null when the next are in force.</summary>
    private string? Failure(Interventions next)
    {
        var before = keeper.Current;
        keeper.Set(next);
        if (reloader.Apply() is { } failure)
        {
            keeper.Set(before);
            return failure;
        }

        keeper.Save();
        if (keeper.Problem.Length > 0)
        {
            Log.Problem(logger, keeper.Problem);
        }

        return null;
    }

    private SafetyAnswer Answer(string done) => new(done, Read());

    private PolicyMode ModeOf(string name) => policies.Current.Rules.First(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}" == name).Rule.Mode;

    private bool IsRule(string name) => policies.Current.Rules.Any(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}" == name);

    private string Resolve(string rule)
    {
        if (rule == LoweredRule.All)
        {
            return rule;
        }

        string[] known = [.. keeper.Current.InMonitor.Where(name => !IsRule(name)), .. policies.Current.Rules.Where(each => each.Rule.Policy != BlockPolicy.Name).Select(each => $"{each.Rule.Policy}/{each.Rule.Id}")];
        string[] found = [.. known.Where(name => name == rule || name.EndsWith($"/{rule}", StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new AdminException($"There is no rule '{rule}'; {Suggestion.For(rule, known.Concat(known.Select(name => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]))) ?? "'pmilter rules' lists them."}"),
            _ => throw new AdminException($"'{rule}' could be {string.Join(" or ", found)}; write it whole."),
        };
    }

    private static string Word(PolicyMode mode) => mode.ToString().ToLowerInvariant();

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(701, LogLevel.Warning, "{Rule} is in monitor until {Until}, by {By}: {Reason}")]
        public static partial void Lowered(ILogger logger, string rule, string until, string by, string reason);

        [LoggerMessage(702, LogLevel.Warning, "{Rule} is as the files say again, by {By}")]
        public static partial void Raised(ILogger logger, string rule, string by);

        [LoggerMessage(703, LogLevel.Warning, "{Rule} is as the files say again: its time is over")]
        public static partial void RaisedByTime(ILogger logger, string rule);

        [LoggerMessage(704, LogLevel.Warning, "Block {Id}: {Conditions} is refused until {Until}, by {By}: {Reason}")]
        public static partial void Blocked(ILogger logger, string id, string conditions, string until, string by, string reason);

        [LoggerMessage(705, LogLevel.Warning, "Block {Id} is lifted, by {By}")]
        public static partial void Unblocked(ILogger logger, string id, string by);

        [LoggerMessage(706, LogLevel.Warning, "Block {Id}, {Conditions}, is over")]
        public static partial void UnblockedByTime(ILogger logger, string id, string conditions);

        [LoggerMessage(707, LogLevel.Error, "{Problem}")]
        public static partial void Problem(ILogger logger, string problem);
    }
}

/// <summary>What is lowered and blocked now.</summary>
/// <param name="Problem">Why it would not outlast a restart; empty when it would.</param>
internal sealed record SafetyStatus(IReadOnlyList<LoweredRule> Lowered, IReadOnlyList<Block> Blocks, string Problem)
{
    /// <summary>Rules in monitor since their fuse has blown.</summary>
    public IReadOnlyList<BlownRule> Blown { get; init; } = [];
}

/// <param name="Done">In words.</param>
/// <param name="Now">What is lowered and blocked after it.</param>
internal sealed record SafetyAnswer(string Done, SafetyStatus Now);
