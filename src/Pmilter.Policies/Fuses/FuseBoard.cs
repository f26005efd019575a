using System.Collections.Concurrent;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Fuses;

/// <summary>
/// The fuses of a running server; it outlives policy sets. Messages are counted once for all rules, refusals for each rule: a rule that
/// refuses nothing costs nothing.
/// </summary>
public sealed class FuseBoard
{
    private readonly FuseWindow _messages;
    private readonly ConcurrentDictionary<(string Policy, string Rule), RuleFuse?> _fuses = new();

    public FuseBoard(FuseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _messages = new FuseWindow(options.Window);
        OfAll = options.ShareOfAll is { } share ? new RuleFuse(FuseOptions.All, share, isOwn: true, options.Window) : null;
    }

    public FuseOptions Options { get; }

    /// <summary>Fuses of rules that have refused something, and that of all; in no order.</summary>
    public IEnumerable<RuleFuse> Fuses => _fuses.Values.OfType<RuleFuse>().Concat(OfAll is { } all ? [all] : []);

    internal RuleFuse? OfAll { get; }

    /// <summary>Messages of the window.</summary>
    public long Messages(DateTimeOffset now) => _messages.Sum(now);

    /// <summary>The fuse may blow again, from nothing; of <c>all</c>: every one.</summary>
    public void Arm(string name)
    {
        foreach (var fuse in Fuses)
        {
            if (name == FuseOptions.All || fuse.Name == name)
            {
                fuse.Arm();
            }
        }
    }

    /// <summary>A message, or a connection that is refused before it has one.</summary>
    internal void Count(DateTimeOffset now) => _messages.Add(now);

    /// <summary>Null where the rule has none.</summary>
    internal RuleFuse? Of(RuleReference rule) =>
        _fuses.TryGetValue((rule.Policy, rule.Id), out var fuse) ? fuse : _fuses.GetOrAdd((rule.Policy, rule.Id), static (key, board) => board.Make(key.Policy, key.Rule), this);

    internal bool IsExempt(RuleReference rule) => Options.Exempt.Contains(rule.Policy, StringComparer.Ordinal);

    internal bool TryRefuse(RuleFuse fuse, DateTimeOffset now) => fuse.TryRefuse(_messages.Sum(now), Options.Min, now);

    private RuleFuse? Make(string policy, string rule)
    {
        var name = $"{policy}/{rule}";
        var isOwn = Options.Rules.TryGetValue(name, out var own);
        return (isOwn ? own : Options.Share) is { } share && !Options.Exempt.Contains(policy, StringComparer.Ordinal) ? new RuleFuse(name, share, isOwn, Options.Window) : null;
    }
}
