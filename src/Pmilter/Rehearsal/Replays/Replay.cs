using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Mail;
using Pmilter.Rehearsal.Recorded;

namespace Pmilter.Rehearsal.Replays;

/// <summary>
/// Recorded decisions through candidate policies, in their order and at their times: what would have been decided otherwise. Counters,
/// bans and greylists begin empty and fill from the log.
/// </summary>
internal sealed class Replay
{
    /// <summary>So many connections are kept open for messages that may follow on them.</summary>
    private const int MostOpen = 64;

    private readonly Dictionary<string, OpenSession> _open = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly FactWatch _watch;
    private RecordedDecision? _running;

    /// <param name="set">Compiled for replays.</param>
    public Replay(PolicySet set, EngineOptions engine)
    {
        _watch = new FactWatch(fact => _running is { } then && KnownFacts.Has(then, fact));
        Stage = new Stage(set, new MemoryStateStore(), engine) { IsTracing = false, Watch = _watch };
    }

    public ReplayTotals Totals { get; } = new();

    public Stage Stage { get; }

    /// <summary>Null when it is decided as before, or cannot be decided.</summary>
    public async ValueTask<ReplayDifference?> PlayAsync(FedDecision fed)
    {
        var then = fed.Decision;
        if (!Enum.TryParse<Phase>(then.Phase, ignoreCase: true, out var phase))
        {
            Totals.Unreadable++;
            return null;
        }

        if (phase > Phase.Eom)
        {
            // Nobody knows how far it came, and nothing was decided on it.
            Totals.GivenUp++;
            return null;
        }

        _running = then;
        _watch.Clear();
        var session = await SessionAsync(fed).ConfigureAwait(false);
        var message = then.Message;
        if (phase > Phase.Rcpt && session.Refused.Count > 0)
        {
            // These had lines of their own.
            message = message with { Recipients = [.. message.Recipients.Where(r => !session.Refused.Contains(r))] };
        }

        var now = await session.Connection.SendAsync(message, then.Time).ConfigureAwait(false);
        if (phase == Phase.Rcpt)
        {
            session.Refused.UnionWith(message.Recipients);
        }
        else
        {
            session.Refused.Clear();
        }

        Totals.Decisions++;
        if (_watch.Missed.Count + now.Missed.Count > 0)
        {
            Totals.AddUndecidable(_watch.Missed.Union(now.Missed, StringComparer.Ordinal));
            return null;
        }

        var difference = new ReplayDifference(then, now);
        if (difference.IsNone)
        {
            return null;
        }

        Totals.Add(difference);
        return difference;
    }

    private async ValueTask<OpenSession> SessionAsync(FedDecision fed)
    {
        var then = fed.Decision;
        if (_open.TryGetValue(then.Session, out var known))
        {
            if (known.ClientIp == then.Message.ClientIp && !known.Connection.IsEnded && then.Time - known.Last < TimeSpan.FromHours(1))
            {
                known.Last = then.Time;
                return known;
            }

            await known.Connection.CloseAsync(then.Time).ConfigureAwait(false);
        }
        else
        {
            _order.Enqueue(then.Session);
            if (_order.Count > MostOpen && _open.Remove(_order.Dequeue(), out var oldest))
            {
                await oldest.Connection.CloseAsync(then.Time).ConfigureAwait(false);
            }
        }

        await fed.Connection.OpenAsync().ConfigureAwait(false);
        var session = new OpenSession(fed.Connection, then.Message.ClientIp) { Last = then.Time };
        _open[then.Session] = session;
        return session;
    }

    private sealed record OpenSession(PlayedConnection Connection, string ClientIp)
    {
        public DateTimeOffset Last { get; set; }

        /// <summary>Recipients of the running message that were refused then.</summary>
        public HashSet<string> Refused { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}

/// <summary>Facts that are among a line's values, or follow from its columns.</summary>
internal static class KnownFacts
{
    private static readonly HashSet<string> Always = new(StringComparer.Ordinal)
    {
        "hour", "weekday", "phase", "score_total", "queue_id", "rcpt_refused", "rcpt_error", "rcpt_number", "rcpt_count",
    };

    /// <param name="fact">A field, or a call as written.</param>
    public static bool Has(RecordedDecision then, string fact) => Always.Contains(fact) || then.Values.ContainsKey(fact) || fact switch
    {
        "client_ip" or "client_net" or "client_family" or "client_country" or "client_name" => then.Message.ClientIp.Length > 0,
        "client_asn" => then.Message.Place is { Asn: > 0 },
        "helo" => then.Message.Helo.Length > 0,
        "mail_from" or "mail_from_user" or "mail_from_domain" or "mail_from_base" or "is_bounce" => then.Message.MailFrom.Length > 0 || then.Values.ContainsKey("is_bounce") || then.Values.ContainsKey("mail_from"),
        "rcpt_to" or "rcpt_to_user" or "rcpt_to_domain" or "rcpt_to_base" => then.Message.Recipients.Count > 0,
        "sasl_login" or "authenticated" => then.Message.Macros.ContainsKey("auth_authen") || then.Values.GetValueOrDefault("authenticated") == "false",
        "attachment_count" or "attachment_names" or "content_truncated" => then.Values.ContainsKey("parts"),
        _ when fact.StartsWith("part_", StringComparison.Ordinal) => then.Values.ContainsKey("parts"),
        "header_from_domain" => then.Values.ContainsKey("header_from"),
        _ => false,
    };
}

/// <summary>Decided otherwise.</summary>
internal sealed record ReplayDifference(RecordedDecision Then, PlayedMessage Now)
{
    public string VerdictThen { get; } = Then.Verdict is "allow" or "skip" ? "continue" : Then.Verdict;

    public string RuleThen { get; } = Then.Verdict is "continue" or "allow" or "skip" ? string.Empty : $"{Then.Policy}/{Then.Rule}";

    public string RuleNow { get; } = Now.Verdict != "continue" && Now.Final.Decision.Rule is { } rule ? $"{rule.Policy}/{rule.Id}" : string.Empty;

    public bool IsNone => VerdictThen == Now.Verdict && RuleThen == RuleNow;
}

/// <summary>Sums over a replay.</summary>
internal sealed class ReplayTotals
{
    /// <summary>So many different senders are counted one by one.</summary>
    private const int MostSenders = 100_000;

    private readonly Dictionary<(string Then, string Now), long> _verdicts = [];
    private readonly Dictionary<string, (long More, long Less)> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _senders = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, long> _undecidable = new(StringComparer.Ordinal);

    public long Decisions { get; set; }

    /// <summary>Lines that are no decisions.</summary>
    public long Unreadable { get; set; }

    /// <summary>Mail that was given up before its end, which has a line only where a watching rule had something to say.</summary>
    public long GivenUp { get; set; }

    public long Differences { get; private set; }

    public long Undecidable { get; private set; }

    /// <summary>Verdict then and now, most first.</summary>
    public IEnumerable<(string Then, string Now, long Count)> Verdicts => _verdicts.OrderByDescending(v => v.Value).Select(v => (v.Key.Then, v.Key.Now, v.Value));

    /// <summary>By rule: decided now and not then, decided then and not now.</summary>
    public IEnumerable<(string Rule, long More, long Less)> Rules => _rules.OrderByDescending(r => r.Value.More + r.Value.Less).Select(r => (r.Key, r.Value.More, r.Value.Less));

    public IEnumerable<(string Sender, long Count)> Senders => _senders.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal).Select(s => (s.Key, s.Value));

    /// <summary>Fields that the log does not hold, and how many decisions that left open.</summary>
    public IEnumerable<(string Field, long Count)> MissingFields => _undecidable.OrderByDescending(f => f.Value).Select(f => (f.Key, f.Value));

    public void AddUndecidable(IEnumerable<string> missing)
    {
        Undecidable++;
        foreach (var field in missing)
        {
            _undecidable[field] = _undecidable.GetValueOrDefault(field) + 1;
        }
    }

    public void Add(ReplayDifference difference)
    {
        Differences++;
        var verdicts = (difference.VerdictThen, difference.Now.Verdict);
        _verdicts[verdicts] = _verdicts.GetValueOrDefault(verdicts) + 1;
        if (difference.RuleNow.Length > 0)
        {
            var (more, less) = _rules.GetValueOrDefault(difference.RuleNow);
            _rules[difference.RuleNow] = (more + 1, less);
        }

        if (difference.RuleThen.Length > 0)
        {
            var (more, less) = _rules.GetValueOrDefault(difference.RuleThen);
            _rules[difference.RuleThen] = (more, less + 1);
        }

        var sender = difference.Then.Message.MailFrom is { Length: > 0 } from ? from : "<>";
        if (_senders.Count < MostSenders || _senders.ContainsKey(sender))
        {
            _senders[sender] = _senders.GetValueOrDefault(sender) + 1;
        }
    }
}
