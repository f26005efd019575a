using System.Collections.Concurrent;
using System.Globalization;
using Pmilter.Protocol.Wire;

namespace Pmilter.Load;

/// <summary>How long the replies to each command took.</summary>
internal sealed class PhaseClock
{
    private readonly ConcurrentDictionary<CommandCode, ConcurrentBag<double>> _milliseconds = new();

    public void Add(CommandCode command, double milliseconds) => _milliseconds.GetOrAdd(command, _ => []).Add(milliseconds);

    public IReadOnlyList<PhaseTimes> Read() => [.. _milliseconds.Select(times => new PhaseTimes(times.Key, [.. times.Value.Order()]))];
}

/// <summary>The times of one command's replies, sorted, in milliseconds.</summary>
internal sealed record PhaseTimes(CommandCode Command, double[] Milliseconds)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"\n      {Command,-13} {Shares.At(Milliseconds, 0.50),8:0.000} {Shares.At(Milliseconds, 0.95),8:0.000} {Shares.At(Milliseconds, 0.99),8:0.000}  {Milliseconds.Length} replies");
}
