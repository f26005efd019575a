using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>Operations and their results as bytes, for the process that has taken over. Numbers of enumerations are the format's.</summary>
internal static class BatchWriter
{
    public const byte Counter = 1;
    public const byte Hold = 2;
    public const byte Ban = 3;
    public const byte Memory = 4;
    public const byte Greylist = 5;

    /// <summary>A ban's step without an end.</summary>
    public const long Endless = -1;

    public static void WriteRequest(SectionBuffer to, StateBatch batch, DateTimeOffset now)
    {
        to.Int64(now.UtcTicks);
        to.Number((ulong)batch.Count);
        foreach (ref var operation in batch.Operations)
        {
            to.Byte((byte)operation.Kind);
            WriteDefinition(to, operation);
            to.Text(operation.Key.Span);
            to.Int64(BitConverter.DoubleToInt64Bits(operation.Amount));
            to.Byte(operation.Member is null ? (byte)0 : (byte)1);
            to.Text(operation.Member);
            to.Text(operation.Client.Span);
            to.Int64(operation.Stamp);
        }
    }

    public static void WriteResults(SectionBuffer to, StateBatch batch)
    {
        foreach (ref var operation in batch.Operations)
        {
            to.Int64(BitConverter.DoubleToInt64Bits(operation.Value));
            to.Int64(operation.Until.UtcTicks);
            to.Int64(operation.Stamp);
        }
    }

    private static void WriteDefinition(SectionBuffer to, in StateOperation operation)
    {
        switch (operation)
        {
            case { Counter: { } counter }:
                to.Byte(Counter);
                to.Text(counter.Name);
                to.Byte((byte)counter.Kind);
                to.Int64(counter.Window.Ticks);
                to.Text(counter.KeyText);
                to.Int64(counter.MaxKeys);
                to.Int64(counter.MaxMemoryBytes);
                to.Byte(counter.IsLocal ? (byte)1 : (byte)0);
                to.Int64(BitConverter.DoubleToInt64Bits(counter.HalfFull));
                return;
            case { Hold: { } hold }:
                to.Byte(Hold);
                to.Text(hold.Name);
                to.Int64(hold.For.Ticks);
                return;
            case { Ban: { } ban }:
                to.Byte(Ban);
                to.Text(ban.Name);
                to.Int64(ban.Forget.Ticks);
                to.Number((ulong)ban.Steps.Count);
                foreach (var step in ban.Steps)
                {
                    to.Int64(step?.Ticks ?? Endless);
                }

                return;
            case { Memory: { } memory }:
                to.Byte(Memory);
                to.Text(memory.Name);
                to.Int64(memory.For.Ticks);
                return;
            case { Greylist: { } greylist }:
                to.Byte(Greylist);
                to.Text(greylist.Name);
                to.Text(greylist.KeyText);
                to.Int64(greylist.Delay.Ticks);
                to.Int64(greylist.RetryWithin.Ticks);
                to.Int64(greylist.Remember.Ticks);
                to.Int64(greylist.TrustClientAfter);
                to.Int64(greylist.LearnFor.Ticks);
                to.Byte(greylist.AdoptsShadow ? (byte)1 : (byte)0);
                return;
            default:
                throw new ArgumentException($"The operation {operation.Kind} lacks its definition.", nameof(operation));
        }
    }
}
