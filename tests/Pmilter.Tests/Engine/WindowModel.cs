namespace Pmilter.Tests.Engine;

/// <summary>What the language promises of one limit, in the plainest words: a list of events.</summary>
internal sealed class WindowModel(LimitCase limit)
{
    private readonly List<ModelHit> _hits = [];
    private readonly Dictionary<string, DateTimeOffset> _holds = [];

    /// <summary>The counter's phase: the event counts, with what was there before. Held events do not.</summary>
    public ModelHit Arrive(string key, string member, DateTimeOffset now)
    {
        var hit = new ModelHit(key, member, now);
        _hits.Add(hit);
        hit.Count = Count(key, now);
        return hit;
    }

    /// <summary>The rule's phase; false where the limit refuses.</summary>
    public bool Admits(ModelHit hit, DateTimeOffset now)
    {
        if (_holds.TryGetValue(hit.Key, out var until) && now < until)
        {
            _hits.Remove(hit);
            return false;
        }

        if (hit.Count <= LimitCase.Max)
        {
            return true;
        }

        Refuse(hit);
        if (limit.HoldSeconds > 0)
        {
            _holds[hit.Key] = now.AddSeconds(limit.HoldSeconds);
        }

        if (limit.EmptiesAfter)
        {
            _hits.RemoveAll(each => each.Key == hit.Key);
        }

        return false;
    }

    /// <summary>By whatever rule, or by an abort.</summary>
    public void Refuse(ModelHit hit)
    {
        if (!limit.CountsRefused)
        {
            _hits.Remove(hit);
        }
    }

    private int Count(string key, DateTimeOffset now)
    {
        var alive = _hits.Where(hit => hit.Key == key && hit.At > now - LimitCase.Window);
        return limit.IsDistinct ? alive.Select(hit => hit.Member).Distinct(StringComparer.Ordinal).Count() : alive.Count();
    }
}

/// <summary>An event that counts; two are never the same.</summary>
internal sealed class ModelHit(string key, string member, DateTimeOffset at)
{
    public string Key { get; } = key;

    public string Member { get; } = member;

    public DateTimeOffset At { get; } = at;

    /// <summary>As fixed when it arrived, itself included.</summary>
    public int Count { get; set; }
}
