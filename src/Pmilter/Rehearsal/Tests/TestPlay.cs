using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Rehearsal.Tests;

/// <summary>One test that runs: its script on a clock and a store of its own.</summary>
internal sealed class TestPlay(PolicySet set, EngineOptions engine, PolicyTest test)
{
    private readonly MemoryStateStore _store = new();
    private readonly List<TestFailure> _failures = [];
    private readonly HashSet<string> _fired = new(StringComparer.Ordinal);
    private DateTimeOffset _now = test.Now;
    private PlayedConnection? _open;

    /// <summary>Ends at the first failure.</summary>
    public bool StopsEarly { get; init; }

    /// <summary>The number of the last message that is sent.</summary>
    public int Last { get; init; } = int.MaxValue;

    public IReadOnlyList<TestFailure> Failures => _failures;

    /// <summary>Places of the rules that fired.</summary>
    public IReadOnlySet<string> Fired => _fired;

    public int Messages { get; private set; }

    /// <summary>The last message that was sent.</summary>
    public PlayedMessage? Newest { get; private set; }

    public async Task RunAsync()
    {
        foreach (var entry in test.Send)
        {
            _now = (entry.Now ?? _now) + entry.After;
            for (var i = 1; i <= entry.Repeat && Messages < Last && !(StopsEarly && _failures.Count > 0); i++)
            {
                await SendAsync(entry, i).ConfigureAwait(false);
                _now += entry.Every;
            }
        }

        await CloseAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(SendEntry entry, int number)
    {
        Messages++;
        var message = entry.Message.Numbered(number);
        if (_open is null or { IsEnded: true } || !entry.SameConnection)
        {
            await CloseAsync().ConfigureAwait(false);
            _open = await PlayedConnection.OpenAsync(new Stage(set, _store, engine), message, _now).ConfigureAwait(false);
        }

        var played = await _open.SendAsync(message, _now, entry.End).ConfigureAwait(false);
        Newest = played;
        if (entry.End is EarlyEnd.Quit or EarlyEnd.Drop)
        {
            await CloseAsync().ConfigureAwait(false);
        }

        _fired.UnionWith(played.Events.SelectMany(e => e.Rules).Where(rule => rule.HasMatched).Select(rule => rule.Rule.Span.FileAndLine));
        _failures.AddRange(played.Missed.Select(lookup => new TestFailure(Messages, entry.Span.Line, "facts", $"an answer of {lookup}", "none: a rule asks it, and a test asks nobody", played)));
        if (entry.Expect is { } expect)
        {
            var bans = new MemoryStateView(_store).RunningBans(_now).Select(ban => (ban.Name, ban.Key)).ToArray();
            _failures.AddRange(ExpectationCheck.Compare(expect, played, bans).Select(d => new TestFailure(Messages, entry.Span.Line, d.What, d.Expected, d.Found, played)));
        }
    }

    private async Task CloseAsync()
    {
        if (_open is { } open)
        {
            _open = null;
            await open.CloseAsync(_now).ConfigureAwait(false);
        }
    }
}
