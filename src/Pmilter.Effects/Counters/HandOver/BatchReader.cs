using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>What <see cref="BatchWriter"/> wrote.</summary>
internal sealed class BatchReader(Func<StateInventory> inForce)
{
    /// <summary>One object for equal definitions: a store knows counters by reference.</summary>
    private readonly Dictionary<CounterDefinition, CounterDefinition> _counters = [];

    /// <exception cref="StateSnapshotException">The bytes are no request.</exception>
    public DateTimeOffset ReadRequest(ReadOnlySpan<byte> bytes, StateBatch into)
    {
        var from = new SectionReader(bytes);
        var now = Time(from.Int64());
        into.Clear();
        for (var count = from.Count(); count > 0; count--)
        {
            var operation = new StateOperation { Kind = (StateOperationKind)from.Byte() };
            ReadDefinition(ref from, ref operation);
            operation.Key = from.Text().AsMemory();
            operation.Amount = Number(ref from);
            var hasMember = from.Byte() != 0;
            var member = from.Text();
            operation.Member = hasMember ? member : null;
            operation.Client = from.Text().AsMemory();
            operation.Stamp = from.Int64();
            into.Add(operation);
        }

        return now;
    }

    /// <exception cref="StateSnapshotException">The bytes are no results of these operations.</exception>
    public static void ReadResults(ReadOnlySpan<byte> bytes, StateBatch into)
    {
        var from = new SectionReader(bytes);
        foreach (ref var operation in into.Operations)
        {
            operation.Value = Number(ref from);
            operation.Until = Time(from.Int64());
            operation.Stamp = from.Int64();
        }
    }

    private static DateTimeOffset Time(long ticks) => new(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    /// <summary>Any: a sum may be asked for what is no number.</summary>
    private static double Number(ref SectionReader from) => BitConverter.Int64BitsToDouble(from.Int64());

    private static TimeSpan Span(ref SectionReader from) => TimeSpan.FromTicks(from.Int64());

    private void ReadDefinition(ref SectionReader from, ref StateOperation operation)
    {
        switch (from.Byte())
        {
            case BatchWriter.Counter:
                operation.Counter = Known(new CounterDefinition(
                    from.Text(), (WindowKind)from.Byte(), Span(ref from), from.Text(), (int)from.Int64(), from.Int64(), from.Byte() != 0, Number(ref from)));
                break;
            case BatchWriter.Hold:
                operation.Hold = new HoldDefinition(from.Text(), Span(ref from));
                break;
            case BatchWriter.Ban:
                operation.Ban = ReadBan(ref from);
                break;
            case BatchWriter.Memory:
                operation.Memory = new MemoryDefinition(from.Text(), Span(ref from));
                break;
            case BatchWriter.Greylist:
                operation.Greylist = new GreylistDefinition(
                    from.Text(), from.Text(), Span(ref from), Span(ref from), Span(ref from), (int)from.Int64(), Span(ref from), from.Byte() != 0);
                break;
            default:
                throw StateSnapshotException.Damaged("an unknown definition");
        }
    }

    private static BanDefinition ReadBan(ref SectionReader from)
    {
        var (name, forget) = (from.Text(), Span(ref from));
        var steps = new TimeSpan?[from.Count(bytesEach: sizeof(long))];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = from.Int64() is var ticks && ticks != BatchWriter.Endless ? TimeSpan.FromTicks(ticks) : null;
        }

        return steps.Length > 0 ? new BanDefinition(name, steps, forget) : throw StateSnapshotException.Damaged("a ban without a step");
    }

    /// <summary>With the bounds of the policies in force here, where they have this counter.</summary>
    private CounterDefinition Known(CounterDefinition given)
    {
        if (!_counters.TryGetValue(given, out var known))
        {
            known = inForce().Counters.FirstOrDefault(counter => counter.SharesStateWith(given)) ?? given;
            _counters.Add(given, known);
        }

        return known;
    }
}
