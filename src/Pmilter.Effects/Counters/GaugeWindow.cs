using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>Hits minus undone hits, without a window: what is open now. Each hit counts 1.</summary>
internal sealed class GaugeWindow : KeyWindow
{
    private readonly List<long> _open = new(2);

    public override int Bytes => 88 + (8 * _open.Capacity);

    public override bool IsExact => true;

    public override double Hit(WindowShape shape, long now, double amount, ulong member, out long stamp)
    {
        stamp = TakeStamp(now);
        _open.Add(stamp);
        return _open.Count;
    }

    public override void Undo(WindowShape shape, long now, long stamp, double amount)
    {
        var index = _open.BinarySearch(stamp);
        if (index >= 0)
        {
            _open.RemoveAt(index);
        }
    }

    public override double Read(WindowShape shape, long now) => _open.Count;

    public override long RetryAt(WindowShape shape, long now, double amount) => _open.Count <= amount ? now : long.MaxValue;

    public override long FirstAt(WindowShape shape, long now) => _open.Count == 0 ? 0 : Stamps.Micros(_open[0]);

    public override void Empty() => _open.Clear();

    public override void Save(SectionBuffer to) => throw new NotSupportedException("Gauges are not kept.");

    public override void Load(ref SectionReader from, WindowShape shape, long now) => throw StateSnapshotException.Damaged("a gauge");

    public override bool IsOver(WindowShape shape, long now) => _open.Count == 0;
}
