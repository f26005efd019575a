using Pmilter.Policies.Evaluation;

namespace Pmilter.Server;

/// <summary>The policy set in force: replaced whole, read once a message. Older sets live on in sessions that began under them.</summary>
internal sealed class PolicyHost
{
    private readonly Lock _gate = new();
    private readonly List<ServedSet> _served;
    private ServedSet _inForce;

    public PolicyHost(PolicySet first)
    {
        _inForce = new ServedSet(first);
        _served = [_inForce];
    }

    public PolicySet Current => InForce.Set;

    public ServedSet InForce => Volatile.Read(ref _inForce);

    /// <summary>How many sessions are under which set, the set in force first, then the newest.</summary>
    public IReadOnlyList<(string Revision, int Sessions)> Sessions
    {
        get
        {
            lock (_gate)
            {
                Forget();
                return [.. _served.AsEnumerable().Reverse().Select(served => (served.Set.Revision, served.Sessions))];
            }
        }
    }

    /// <summary>A session begins, under the set in force.</summary>
    public ServedSet Join()
    {
        lock (_gate)
        {
            _inForce.Sessions++;
            return _inForce;
        }
    }

    /// <summary>A session goes on under another set.</summary>
    public void Move(ServedSet from, ServedSet to)
    {
        lock (_gate)
        {
            from.Sessions--;
            to.Sessions++;
            if (!_served.Contains(to))
            {
                // It was replaced in this very moment.
                _served.Insert(0, to);
            }
        }
    }

    public void Leave(ServedSet served)
    {
        lock (_gate)
        {
            served.Sessions--;
        }
    }

    /// <summary>The newer set is in force for messages that begin from now on; returns the older.</summary>
    public PolicySet Replace(PolicySet newer)
    {
        newer.Prepare();
        lock (_gate)
        {
            var older = _inForce.Set;
            newer.Continue(older);
            Volatile.Write(ref _inForce, new ServedSet(newer));
            _served.Add(_inForce);
            Forget();
            return older;
        }
    }

    /// <summary>Sessions that cannot follow to the set in force are turned away at their next message; how many those may be.</summary>
    public int Cut()
    {
        lock (_gate)
        {
            var older = _served.Where(served => !ReferenceEquals(served, _inForce)).ToArray();
            foreach (var served in older)
            {
                served.IsCut = true;
            }

            return older.Sum(served => served.Sessions);
        }
    }

    private void Forget() => _served.RemoveAll(served => served.Sessions == 0 && !ReferenceEquals(served, _inForce));
}

/// <summary>A set that sessions run under. The host alone counts.</summary>
internal sealed class ServedSet(PolicySet set)
{
    private volatile bool _isCut;

    public PolicySet Set { get; } = set;

    public int Sessions { get; set; }

    /// <summary>What begins under it is answered with 421.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }
}
