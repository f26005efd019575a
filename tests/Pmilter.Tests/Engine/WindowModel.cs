namespace Pmilter.Tests.Engine;

/// <summary>What the language promises of one limit, in the plainest words: a list of events.</summary>
internal sealed class WindowModel(LimitCase limit)
{
    private readonly List<ModelHit> _hits = [];
    private readonly Dictionary<string, DateTimeOffset> _holds = [];

    /// <summary>Null where the limit refuses.</summary>
    public ModelHit? Arrive(string key, string member, DateTimeOffset now)
    {
        if (_holds.TryGetValue(key, out var until) && now < until)
        {
            return null;
        }

        var hit = Add(key, member, now);
        if (Count(key, now) <= LimitCase.Max)
        {
            return hit;
        }

        Refuse(hit);
        if (limit.HoldSeconds > 0)
        {
            _holds[key] = now.AddSeconds(limit.HoldSeconds);
        }

        if (limit.EmptiesAfter)
        {
            _hits.RemoveAll(each => each.Key == key);
        }

        return null;
    }

    /// <summary>An event that another rule refuses before the limit is asked.</summary>
    public void ArriveRefused(string key, string member, DateTimeOffset now) => Refuse(Add(key, member, now));

    public void Refuse(ModelHit hit)
    {
        if (!limit.CountsRefused)
        {
            _hits.Remove(hit);
        }
    }

    private ModelHit Add(string key, string member, DateTimeOffset now)
    {
        var hit = new ModelHit(key, member, now);
        _hits.Add(hit);
        return hit;
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
}
