using System.Globalization;
using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Policies.Syntax;
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
    private readonly RuleNames _rules = new(policies, keeper);
    private readonly InterventionForce _force = new(reloader, keeper, time, logger);
    private IReadOnlyList<BlownRule> _toldBlown = [];

    /// <summary>Null where there are no fuses.</summary>
    public FuseDesk? Fuses { get; init; }

    /// <summary>Null where no other server shares them.</summary>
    public SharedInterventions? Others { get; init; }

    /// <summary>Before mail comes: what others have changed while this server was away holds for the first message.</summary>
    public async Task StartAsync()
    {
        _force.TellProblem();
        await ExchangeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends what is over, puts rules in monitor whose fuse has blown, and takes over what was changed elsewhere.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                EndWhatIsOver();
                LowerWhatHasBlown();
                await ExchangeAsync().ConfigureAwait(false);
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
        string[] problems = [.. new[] { keeper.Problem, Others?.Problem ?? string.Empty }.Where(problem => problem.Length > 0)];
        return new SafetyStatus(now.Lowered, now.Blocks, string.Join("; ", problems)) { Blown = now.Blown };
    }

    /// <exception cref="AdminException">There is no such rule, or it does not enforce.</exception>
    public Task<SafetyAnswer> LowerAsync(string rule, TimeSpan span, string person, string reason) => ActAsync(person, by =>
    {
        var name = _rules.Resolve(rule);
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            var isLowered = current.Lowered.Any(lowered => lowered.Rule == name);
            if (current.Blown.Any(blown => blown.Rule == name))
            {
                throw new AdminException($"{name} is in monitor already, since its fuse has blown.");
            }

            if (name != LoweredRule.All && !isLowered && !current.Lowered.Any(lowered => lowered.Rule == LoweredRule.All) && _rules.ModeOf(name) is not PolicyMode.Enforce and var mode)
            {
                throw new AdminException($"{name} is in {RuleNames.Word(mode)} by its file or policies.mode: it refuses nothing.");
            }

            var lowered = new LoweredRule(name, time.GetUtcNow(), time.GetUtcNow() + span, by, reason);
            _force.Apply(current with { Lowered = [.. current.Lowered.Where(each => each.Rule != name), lowered] }, by);
            Log.Lowered(logger, name, Time(lowered.Until), by, reason);
            return $"{name} is in monitor until {Time(lowered.Until)}";
        }
    });

    /// <exception cref="AdminException">It was not lowered by hand.</exception>
    public Task<SafetyAnswer> RaiseAsync(string rule, string person) => ActAsync(person, by =>
    {
        var name = _rules.Resolve(rule);
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            if (name != LoweredRule.All && !current.InMonitor.Contains(name, StringComparer.Ordinal))
            {
                throw new AdminException(
                    current.InMonitor.Contains(LoweredRule.All, StringComparer.Ordinal) ? $"All rules are in monitor; 'pmilter mode all enforce' ends that."
                    : _rules.ModeOf(name) == PolicyMode.Enforce ? $"{name} enforces already."
                    : $"{name} is in {RuleNames.Word(_rules.ModeOf(name))} by its file or policies.mode; 'pmilter promote' shows what enforcing it would do.");
            }

            // All means all: what was lowered singly goes up with the rest.
            _force.Apply(current with
            {
                Lowered = [.. current.Lowered.Where(each => name != LoweredRule.All && each.Rule != name)],
                Blown = [.. current.Blown.Where(each => name != LoweredRule.All && each.Rule != name)],
            }, by);
            Fuses?.Arm(name);
            Log.Raised(logger, name, by);
            return name == LoweredRule.All ? "All rules are as their files say" : $"{name} is as its file says{(_rules.Has(name) ? $": {RuleNames.Word(_rules.ModeOf(name))}" : ", which has it no more")}";
        }
    });

    /// <summary>The fuse alone: what was lowered by hand stays so.</summary>
    /// <param name="name">Whole, or <c>all</c>.</param>
    /// <exception cref="AdminException">It has not blown.</exception>
    public Task<SafetyAnswer> ArmAsync(string name, string person) => ActAsync(person, by =>
    {
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            if (!current.Blown.Any(blown => blown.Rule == name))
            {
                throw new AdminException($"The fuse of {name} has not blown, or it was armed meanwhile.");
            }

            _force.Apply(current with { Blown = [.. current.Blown.Where(each => each.Rule != name)] }, by);
            Fuses?.Arm(name);
            Log.Armed(logger, name, by);
            return $"The fuse of {name} is armed";
        }
    });

    /// <exception cref="AdminException">A condition is wrong.</exception>
    public Task<SafetyAnswer> BlockAsync(IReadOnlyList<string> conditions, bool rejects, TimeSpan span, string person, string reason) => ActAsync(person, by =>
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var current = keeper.Current.At(now);
            var id = Others is null ? string.Create(CultureInfo.InvariantCulture, $"b{current.NextBlock}") : SharedInterventions.NewBlockId(current.Blocks);
            var block = new Block(id, conditions, rejects, now, now + span, by, reason);
            if (conditions.Count == 0)
            {
                throw new AdminException("A block needs a condition, such as client_ip=203.0.113.0/24.");
            }

            if (BlockPolicy.Mistake(block, now) is { } mistake)
            {
                throw new AdminException($"Not blocked: {mistake}.");
            }

            _force.Apply(current with { Blocks = [.. current.Blocks, block], NextBlock = current.NextBlock + 1 }, by);
            Log.Blocked(logger, block.Id, string.Join(' ', conditions), Time(block.Until), by, reason);
            return $"{block.Id}: {string.Join(' ', conditions)} is {(rejects ? "rejected" : "refused for now")} until {Time(block.Until)}";
        }
    });

    /// <exception cref="AdminException">There is no such block.</exception>
    public Task<SafetyAnswer> UnblockAsync(string id, string person) => ActAsync(person, by =>
    {
        lock (_gate)
        {
            var current = keeper.Current.At(time.GetUtcNow());
            if (!current.Blocks.Any(block => block.Id == id))
            {
                throw new AdminException(current.Blocks.Count == 0 ? "There are no blocks." : $"There is no block '{id}'; there are: {string.Join(", ", current.Blocks.Select(block => block.Id))}.");
            }

            _force.Apply(current with { Blocks = [.. current.Blocks.Where(block => block.Id != id)] }, by);
            Log.Unblocked(logger, id, by);
            return $"{id}: lifted";
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

            if (_force.Failure(current) is { } failure)
            {
                // What is over stays until the policies compile again.
                _force.Tell(failure);
                return;
            }

            _force.Tell(null);
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

            BlownRule[] here = [.. blown.Select(one => one with { Server = Others?.Server ?? string.Empty })];
            foreach (var one in here.Except(_toldBlown))
            {
                Fuses.Tell(one);
            }

            _toldBlown = here;
            _force.Tell(_force.Failure(_force.Marked(current with { Blown = [.. current.Blown, .. here] }, here[0].By)));
        }
    }

    /// <summary>What others have changed is so here, too.</summary>
    /// <returns>What they have not heard.</returns>
    public IReadOnlyList<SharedIntervention> TakeOver(IReadOnlyList<SharedIntervention> theirs)
    {
        lock (_gate)
        {
            var (next, taken, untold) = InterventionLedger.Merge(keeper.Current, theirs, time.GetUtcNow());
            if (taken.Count == 0)
            {
                _force.Remember(next);
                return untold;
            }

            foreach (var armed in taken.Where(one => one is { IsFuse: true, IsInForce: false }))
            {
                Fuses?.Arm(armed.Name);
            }

            if (_force.Failure(next) is { } failure)
            {
                // It comes again in a second.
                _force.Tell(failure);
                return untold;
            }

            foreach (var one in taken)
            {
                Log.TakenOver(logger, one.What, one.By);
            }

            return untold;
        }
    }

    private async Task<bool> ExchangeAsync() => Others is null || await Others.ExchangeAsync(TakeOver).ConfigureAwait(false);

    /// <summary>On what all servers agree on, and told to all of them.</summary>
    private async Task<SafetyAnswer> ActAsync(string person, Func<string, string> act)
    {
        await ExchangeAsync().ConfigureAwait(false);
        var done = await Task.Run(() => act(Others is null ? person : $"{person} at {Others.Server}")).ConfigureAwait(false);
        var isHeard = await ExchangeAsync().ConfigureAwait(false) || await ExchangeAsync().ConfigureAwait(false);
        return new SafetyAnswer(isHeard ? done : $"{done}; here only, the other servers follow when Redis answers again", Read());
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(701, LogLevel.Warning, "{Rule} is in monitor until {Until}, by {By}: {Reason}")]
        public static partial void Lowered(ILogger logger, string rule, string until, string by, string reason);

        [LoggerMessage(702, LogLevel.Warning, "{Rule} is as the files say again, by {By}")]
        public static partial void Raised(ILogger logger, string rule, string by);

        [LoggerMessage(769, LogLevel.Warning, "The fuse of {Rule} is armed, by {By}")]
        public static partial void Armed(ILogger logger, string rule, string by);

        [LoggerMessage(703, LogLevel.Warning, "{Rule} is as the files say again: its time is over")]
        public static partial void RaisedByTime(ILogger logger, string rule);

        [LoggerMessage(704, LogLevel.Warning, "Block {Id}: {Conditions} is refused until {Until}, by {By}: {Reason}")]
        public static partial void Blocked(ILogger logger, string id, string conditions, string until, string by, string reason);

        [LoggerMessage(705, LogLevel.Warning, "Block {Id} is lifted, by {By}")]
        public static partial void Unblocked(ILogger logger, string id, string by);

        [LoggerMessage(706, LogLevel.Warning, "Block {Id}, {Conditions}, is over")]
        public static partial void UnblockedByTime(ILogger logger, string id, string conditions);

        [LoggerMessage(764, LogLevel.Warning, "Taken over: {What}, by {By}")]
        public static partial void TakenOver(ILogger logger, string what, string by);
    }
}
