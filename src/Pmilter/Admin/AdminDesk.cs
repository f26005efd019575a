using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.State;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Admin;

/// <summary>What the running server tells of its state, and lets go by hand. Names may be given without their policy where that is clear.</summary>
internal sealed class AdminDesk(PolicyHost policies, ServerState state, TimeProvider time)
{
    private PolicySet Set => policies.Current;

    public async Task<CountersAnswer> CountersAsync(CancellationToken cancellationToken)
    {
        var known = await state.View.CountersAsync(cancellationToken).ConfigureAwait(false);
        var lines = new List<CounterLine>();
        foreach (var definition in Set.State.Counters.OrderBy(counter => counter.Name, StringComparer.Ordinal))
        {
            var status = known.FirstOrDefault(counter => counter.Definition.SharesStateWith(definition));
            lines.Add(new CounterLine(
                definition.Name,
                definition.Kind.ToString().ToLowerInvariant(),
                definition.Window.TotalSeconds,
                definition.KeyText,
                status?.Keys ?? 0,
                status?.Bytes ?? 0,
                status?.Evictions ?? 0,
                LimitsOf(definition.Name)));
        }

        return new CountersAnswer(state.Store, state.IsDegraded, lines);
    }

    /// <exception cref="AdminException">There is no such counter.</exception>
    public async Task<KeysAnswer> TopAsync(string name, int count, CancellationToken cancellationToken)
    {
        var counter = CounterOf(name);
        var keys = await state.View.TopAsync(counter.Name, count, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new KeysAnswer(counter.Name, counter.Window.TotalSeconds, counter.KeyText, LimitsOf(counter.Name), [.. keys.Select(Line)]);
    }

    /// <exception cref="AdminException">There is no such counter.</exception>
    public async Task<KeyAnswer> ShowAsync(string name, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        var counter = CounterOf(name);
        var text = KeyFolding.Join(key);
        var now = time.GetUtcNow();
        var found = await state.View.FindAsync(counter.Name, text, now, cancellationToken).ConfigureAwait(false);
        var holds = await HoldsOfAsync(counter.Name, text, now, cancellationToken).ConfigureAwait(false);
        return new KeyAnswer(counter.Name, counter.Window.TotalSeconds, LimitsOf(counter.Name), found is null ? null : Line(found), [.. holds.Select(Line)]);
    }

    /// <summary>Forgets the events and ends the holds that came of them: who was reset gets through at once.</summary>
    /// <param name="key">Null: every key.</param>
    /// <exception cref="AdminException">There is no such counter.</exception>
    public async Task<DoneAnswer> ResetAsync(string name, IReadOnlyList<string>? key, CancellationToken cancellationToken)
    {
        var counter = CounterOf(name);
        var text = key is null ? null : KeyFolding.Join(key);
        var now = time.GetUtcNow();
        var changed = await state.View.ResetAsync(counter.Name, text, now, cancellationToken).ConfigureAwait(false);
        var lifted = 0;
        foreach (var hold in await HoldsOfAsync(counter.Name, text, now, cancellationToken).ConfigureAwait(false))
        {
            lifted += await state.View.LiftHoldAsync(hold.Name, hold.Key, now, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return new DoneAnswer(counter.Name, Math.Max(changed, lifted));
    }

    public async Task<BansAnswer> BansAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var bans = await state.View.BansAsync(now, cancellationToken).ConfigureAwait(false);
        var holds = await state.View.HoldsAsync(now, cancellationToken).ConfigureAwait(false);
        return new BansAnswer([.. bans.Select(Line)], [.. holds.Select(Line)]);
    }

    /// <exception cref="AdminException">There is no such ban.</exception>
    public async Task<DoneAnswer> LiftAsync(string name, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        var ban = Resolve("ban", name, Set.State.Bans.Select(each => each.Name));
        var isLifted = await state.View.LiftBanAsync(ban, KeyFolding.Join(key), time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new DoneAnswer(ban, isLifted ? 1 : 0);
    }

    /// <summary>Bans by hand; who is banned already stays so until the end that was set then.</summary>
    /// <param name="span">Null: as long as the policy says.</param>
    /// <exception cref="AdminException">There is no such ban, its key has other parts, or the store does not answer.</exception>
    public async Task<BannedAnswer> BanAsync(string name, IReadOnlyList<string> key, TimeSpan? span, CancellationToken cancellationToken)
    {
        var resolved = Resolve("ban", name, Set.State.Bans.Select(each => each.Name));
        var ban = Set.State.Bans.First(each => string.Equals(each.Name, resolved, StringComparison.Ordinal));
        if (key.Count != ban.KeyTexts.Count)
        {
            throw new AdminException($"The key of {resolved} is [{string.Join(", ", ban.KeyTexts)}]: give {ban.KeyTexts.Count} {(ban.KeyTexts.Count == 1 ? "word" : "words")}, not {key.Count}.");
        }

        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.BanAdd, Ban = span is null ? ban : ban with { Steps = [span] }, Key = KeyFolding.Join(key).AsMemory() });
        await state.Operations.ExecuteAsync(batch, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new BannedAnswer(resolved, batch[0].Value > 0, batch[0].Until == DateTimeOffset.MaxValue ? null : batch[0].Until);
    }

    /// <exception cref="AdminException">There is no such hold.</exception>
    public async Task<DoneAnswer> LiftHoldAsync(string name, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        var hold = Resolve("hold", name, Set.State.Holds.Select(each => each.Name));
        var isLifted = await state.View.LiftHoldAsync(hold, KeyFolding.Join(key), time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new DoneAnswer(hold, isLifted ? 1 : 0);
    }

    public async Task<GreylistsAnswer> GreylistsAsync(CancellationToken cancellationToken)
    {
        var known = await state.View.GreylistsAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        var lines =
            from definition in Set.State.Greylists.DistinctBy(greylist => greylist.Name, StringComparer.Ordinal)
            let status = known.FirstOrDefault(greylist => string.Equals(greylist.Name, definition.Name, StringComparison.Ordinal))
            select new GreylistLine(definition.Name, definition.KeyText, status?.Waiting ?? 0, status?.Passed ?? 0, status?.Clients ?? 0);
        return new GreylistsAnswer([.. lines]);
    }

    /// <param name="contains">Only keys that contain it; null for all.</param>
    /// <exception cref="AdminException">There is no such greylist.</exception>
    public async Task<GreylistAnswer> GreylistAsync(string name, string? contains, int count, CancellationToken cancellationToken)
    {
        var resolved = Resolve("greylist", name, Set.State.Greylists.Select(greylist => greylist.Name));
        var greylist = Set.State.Greylists.First(each => string.Equals(each.Name, resolved, StringComparison.Ordinal));
        var entries = await state.View.GreylistAsync(resolved, contains, count, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new GreylistAnswer(resolved, greylist.KeyText, [.. entries.Select(entry => new TupleLine(
            KeyFolding.Split(entry.Key), entry.State, entry.First == default ? null : entry.First, entry.Until, entry.Passes))]);
    }

    private static KeyLine Line(KeyCount key) => new(KeyFolding.Split(key.Key), key.Value, key.IsExact);

    private static DeadlineLine Line(RunningDeadline entry) =>
        new(entry.Name, KeyFolding.Split(entry.Key), entry.Until == DateTimeOffset.MaxValue ? null : entry.Until, entry.Repeats);

    private static string Resolve(string what, string name, IEnumerable<string> names)
    {
        string[] known = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (known.Contains(name, StringComparer.Ordinal))
        {
            return name;
        }

        var ends = known.Where(each => each.EndsWith($"/{name}", StringComparison.Ordinal)).ToArray();
        return ends.Length switch
        {
            1 => ends[0],
            0 => throw new AdminException($"There is no {what} '{name}'; {Suggestion.For(name, known.Concat(known.Select(each => each[(each.IndexOf('/', StringComparison.Ordinal) + 1)..]))) ?? Listed(known)}"),
            _ => throw new AdminException($"'{name}' could be {string.Join(" or ", ends)}; write it whole."),
        };
    }

    private static string Listed(string[] known) => known.Length == 0 ? "the policies in force have none." : $"there are: {string.Join(", ", known)}";

    private CounterDefinition CounterOf(string name)
    {
        var resolved = Resolve("counter", name, Set.State.Counters.Select(counter => counter.Name));
        return Set.State.Counters.First(counter => string.Equals(counter.Name, resolved, StringComparison.Ordinal));
    }

    private List<string> LimitsOf(string counter)
    {
        var isShadow = counter.EndsWith(GreylistDefinition.ShadowSuffix, StringComparison.Ordinal);
        return
        [
            .. from rule in Set.Rules
               where IsLimitOf(rule, counter) && (rule.Rule.Mode == Policies.Syntax.PolicyMode.Monitor) == isShadow
               select $"{rule.Rule.Id}: {rule.Limit}",
        ];
    }

    private static bool IsLimitOf(RuleSummary rule, string counter)
    {
        var bare = counter.EndsWith(GreylistDefinition.ShadowSuffix, StringComparison.Ordinal) ? counter[..^GreylistDefinition.ShadowSuffix.Length] : counter;
        return rule.Limit.Length > 0 && string.Equals($"{rule.Rule.Policy}/{rule.Limit.Split(' ')[0]}", bare, StringComparison.Ordinal);
    }

    /// <summary>Holds of the rules that limit the counter, under the key; null for every key.</summary>
    private async Task<List<RunningDeadline>> HoldsOfAsync(string counter, string? key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var suffix = counter.EndsWith(GreylistDefinition.ShadowSuffix, StringComparison.Ordinal) ? GreylistDefinition.ShadowSuffix : string.Empty;
        var names = Set.Rules.Where(rule => IsLimitOf(rule, counter)).Select(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}{suffix}").ToHashSet(StringComparer.Ordinal);
        var holds = await state.View.HoldsAsync(now, cancellationToken).ConfigureAwait(false);
        return [.. holds.Where(hold => names.Contains(hold.Name) && (key is null || string.Equals(hold.Key, key, StringComparison.Ordinal)))];
    }
}

/// <summary>What was asked for is not there: the message says what was found and names the mend.</summary>
internal sealed class AdminException : Exception
{
    public AdminException()
    {
    }

    public AdminException(string message)
        : base(message)
    {
    }

    public AdminException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
