namespace Pmilter.Policies.Fuses;

/// <summary>One rule's fuse, or that of all. It blows once and stays so until it is armed again.</summary>
public sealed class RuleFuse
{
    private readonly FuseWindow _refused;
    private BlownFuse? _blown;

    internal RuleFuse(string name, double share, bool isOwn, TimeSpan window)
    {
        Name = name;
        Share = share;
        IsOwn = isOwn;
        _refused = new FuseWindow(window);
    }

    /// <summary><c>policy/rule</c>, or <c>all</c>.</summary>
    public string Name { get; }

    /// <summary>Of messages, 0 to 1.</summary>
    public double Share { get; }

    /// <summary>The rule was given a share of its own. Only then greylisting counts, which delays by its nature.</summary>
    internal bool IsOwn { get; }

    /// <summary>Null while it holds.</summary>
    public BlownFuse? Blown => Volatile.Read(ref _blown);

    /// <summary>Messages of the window that were refused.</summary>
    public long Refused(DateTimeOffset now) => _refused.Sum(now);

    /// <summary>
    /// Counts before it looks, so that of many threads at once none gets more through than the share: whoever is over it does not refuse.
    /// </summary>
    /// <returns>False when the message must not be refused.</returns>
    internal bool TryRefuse(long messages, int min, DateTimeOffset now)
    {
        if (Blown is not null)
        {
            return false;
        }

        _refused.Add(now);
        var refused = _refused.Sum(now);
        if (messages < min || refused <= Share * messages)
        {
            return true;
        }

        Interlocked.CompareExchange(ref _blown, new BlownFuse(Name, now, refused, messages), null);
        return false;
    }

    internal void Arm()
    {
        _refused.Clear();
        Volatile.Write(ref _blown, null);
    }
}

/// <summary>Why a fuse blew.</summary>
/// <param name="Name"><c>policy/rule</c>, or <c>all</c>.</param>
/// <param name="Refused">That many, the one that blew it included, which was not refused …</param>
/// <param name="Messages">… of so many in the window.</param>
public sealed record BlownFuse(string Name, DateTimeOffset At, long Refused, long Messages);
