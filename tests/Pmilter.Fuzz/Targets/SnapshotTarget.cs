using System.Buffers.Binary;
using System.IO.Hashing;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.State;

namespace Pmilter.Fuzz.Targets;

/// <summary>State files that were changed and whose checksum was made right again: what a bad disk cannot do, and a bad hand can.</summary>
internal sealed class SnapshotTarget : IFuzzTarget
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private static readonly Lazy<byte[]> Good = new(Make);

    public string Name => "snapshots";

    public string Promise => "a state file is loaded or refused as damaged; its size bounds what is allocated for it";

    public void Try(Dice dice)
    {
        var bytes = Mutation.Of(dice, Good.Value, dice.OneIn(3) ? 8 : 2);
        if (bytes.Length > SnapshotFormat.HeaderBytes + SnapshotFormat.TrailerBytes && !dice.OneIn(10))
        {
            SnapshotFormat.End.CopyTo(bytes.AsSpan(bytes.Length - SnapshotFormat.TrailerBytes));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - SnapshotFormat.HashBytes), XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - SnapshotFormat.HashBytes)));
        }

        using var stream = new MemoryStream(bytes, writable: false);
        var store = new MemoryStateStore();
        try
        {
            StateSnapshot.Read(stream, store, Now);
        }
        catch (StateSnapshotException)
        {
            return;
        }

        using var again = new MemoryStream();
        StateSnapshot.Write(store, again, Now);
    }

    private static byte[] Make()
    {
        var store = new MemoryStateStore();
        var batch = new StateBatch();
        foreach (var kind in new[] { WindowKind.Count, WindowKind.Sum, WindowKind.Distinct })
        {
            var counter = new CounterDefinition($"p/{kind}", kind, TimeSpan.FromHours(1), "client_ip", 1000, 1_000_000, false, 0);
            for (var i = 0; i < 4; i++)
            {
                batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = counter, Key = $"k{i}".AsMemory(), Amount = 1 + i, Member = kind == WindowKind.Distinct ? $"m{i}" : null });
            }
        }

        batch.Add(new StateOperation { Kind = StateOperationKind.HoldStart, Hold = new HoldDefinition("p/h", TimeSpan.FromHours(1)), Key = "k".AsMemory() });
        batch.Add(new StateOperation { Kind = StateOperationKind.BanAdd, Ban = new BanDefinition("p/b", [TimeSpan.FromHours(1), null], TimeSpan.FromDays(7)), Key = "k".AsMemory() });
        batch.Add(new StateOperation { Kind = StateOperationKind.MemoryAdd, Memory = new MemoryDefinition("p/m", TimeSpan.FromDays(1)), Key = "k".AsMemory() });
        store.ExecuteAsync(batch, Now, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        using var stream = new MemoryStream();
        StateSnapshot.Write(store, stream, Now);
        return stream.ToArray();
    }
}
