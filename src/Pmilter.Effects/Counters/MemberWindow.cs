using System.Runtime.InteropServices;
using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Different members, each by its 64-bit keyed hash and the stamp of its newest hit: exact up to 32,768 members alive at once (the
/// language promises 512). Beyond, a sample: only members whose hash ends in so many zero bits are kept and the count is
/// multiplied; the standard error is 0.8 % at most, on either side. The sample ends when the key has been empty.
/// An undo is exact for the newest 128 hits of a key at least; an older hit can no longer be taken back (never an under-count).
/// </summary>
internal sealed class MemberWindow : KeyWindow
{
    private const int MaxHits = 256;
    private const int MaxSampleBits = 48;

    private readonly Dictionary<ulong, long> _newest = new(1);
    private readonly List<MemberHit> _hits = new(2);

    /// <summary>No member's newest hit is older: while it lives, nothing needs to be looked at.</summary>
    private long _oldest = long.MaxValue;

    private int _sampleBits;

    public override int Bytes => 200 + (28 * _newest.Capacity) + (24 * _hits.Capacity);

    public override bool IsExact => _sampleBits == 0;

    public override double Hit(WindowShape shape, long now, double amount, ulong member, out long stamp)
    {
        now = Clamp(now);
        Expire(shape, now);
        stamp = TakeStamp(now);
        if (!IsSampled(member))
        {
            return Total();
        }

        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, member, out _);
        Remember(new MemberHit(stamp, member, newest));
        newest = stamp;
        _oldest = Math.Min(_oldest, stamp);
        Thin(shape);
        return Total();
    }

    public override void Undo(WindowShape shape, long now, long stamp, double amount)
    {
        var index = IndexOf(stamp);
        if (index < 0)
        {
            return;
        }

        var (_, member, before) = _hits[index];
        _hits.RemoveAt(index);
        if (!_newest.TryGetValue(member, out var newest))
        {
            return;
        }

        if (newest != stamp)
        {
            // A later hit of the member stands; undoing that one must not bring this one back.
            Relink(member, stamp, before);
            return;
        }

        if (before == 0)
        {
            _newest.Remove(member);
            return;
        }

        _newest[member] = before;
        _oldest = Math.Min(_oldest, before);
    }

    public override double Read(WindowShape shape, long now)
    {
        Expire(shape, Clamp(now));
        return Total();
    }

    public override long RetryAt(WindowShape shape, long now, double amount)
    {
        now = Clamp(now);
        Expire(shape, now);
        if (Total() <= amount)
        {
            return now;
        }

        if (!(amount >= 0))
        {
            return long.MaxValue;
        }

        var stamps = _newest.Values.ToArray();
        Array.Sort(stamps);
        var kept = (int)Math.Min(Math.Floor(amount / (1L << _sampleBits)), stamps.Length);
        return Stamps.Micros(stamps[stamps.Length - kept - 1]) + shape.WindowMicros;
    }

    public override long FirstAt(WindowShape shape, long now)
    {
        Expire(shape, Clamp(now));
        return _newest.Count == 0 ? 0 : Stamps.Micros(_newest.Values.Min());
    }

    public override void Empty()
    {
        _newest.Clear();
        _hits.Clear();
        _oldest = long.MaxValue;
        _sampleBits = 0;
    }

    public override void Save(SectionBuffer to)
    {
        to.Int64(NewestStamp);
        to.Byte((byte)_sampleBits);
        to.Number((ulong)_newest.Count);
        foreach (var (member, stamp) in _newest)
        {
            to.UInt64(member);
            to.Number((ulong)(NewestStamp - stamp));
        }

        to.Number((ulong)_hits.Count);
        foreach (var hit in _hits)
        {
            to.Int64(hit.Stamp);
            to.UInt64(hit.Member);
            to.Int64(hit.Before);
        }
    }

    public override void Load(ref SectionReader from, WindowShape shape, long now)
    {
        LoadNewest(ref from);
        _sampleBits = from.Byte();
        var count = from.Count(bytesEach: 9);
        if (_sampleBits > MaxSampleBits)
        {
            throw StateSnapshotException.Damaged("a sample of no known kind");
        }

        for (var i = 0; i < count; i++)
        {
            var member = from.UInt64();
            var stamp = Older(NewestStamp, from.Number());
            if (shape.IsLive(Stamps.Micros(stamp), Clamp(now)))
            {
                _newest[member] = stamp;
                _oldest = Math.Min(_oldest, stamp);
            }
        }

        var hits = from.Count(bytesEach: 24);
        for (var i = 0; i < hits; i++)
        {
            _hits.Add(new MemberHit(from.Int64(), from.UInt64(), from.Int64()));
        }

        if (_newest.Count == 0)
        {
            Empty();
        }
    }

    private double Total() => _newest.Count * (double)(1L << _sampleBits);

    private bool IsSampled(ulong member) => (member & ((1UL << _sampleBits) - 1)) == 0;

    private void Remember(MemberHit hit)
    {
        if (_hits.Count == MaxHits)
        {
            _hits.RemoveRange(0, MaxHits / 2);
        }

        _hits.Add(hit);
    }

    private void Relink(ulong member, long stamp, long before)
    {
        for (var i = _hits.Count - 1; i >= 0 && _hits[i].Stamp > stamp; i--)
        {
            if (_hits[i].Member == member && _hits[i].Before == stamp)
            {
                _hits[i] = _hits[i] with { Before = before };
                return;
            }
        }
    }

    private int IndexOf(long stamp)
    {
        for (var i = _hits.Count - 1; i >= 0 && _hits[i].Stamp >= stamp; i--)
        {
            if (_hits[i].Stamp == stamp)
            {
                return i;
            }
        }

        return -1;
    }

    private void Expire(WindowShape shape, long now)
    {
        if (_newest.Count == 0 || shape.IsLive(Stamps.Micros(_oldest), now))
        {
            return;
        }

        _oldest = long.MaxValue;
        foreach (var (member, stamp) in _newest)
        {
            if (!shape.IsLive(Stamps.Micros(stamp), now))
            {
                _newest.Remove(member);
                continue;
            }

            _oldest = Math.Min(_oldest, stamp);
        }

        if (_newest.Count == 0)
        {
            Empty();
        }
    }

    private void Thin(WindowShape shape)
    {
        while (_newest.Count > shape.ExactMembers)
        {
            _sampleBits++;
            foreach (var member in _newest.Keys)
            {
                if (!IsSampled(member))
                {
                    _newest.Remove(member);
                }
            }
        }
    }

    private readonly record struct MemberHit(long Stamp, ulong Member, long Before);
}
