namespace Pmilter.Policies.Evaluation;

/// <summary>
/// The count of each counter as fixed at its hit, by the counter's index in the policy set, with and without the shadow layer.
/// The engine fills it; <c>counter('x')</c> without a key reads it.
/// </summary>
public sealed class CounterReadings
{
    private double[] _real = [];
    private double[] _shadow = [];

    /// <summary>NaN where the counter did not count this event; expressions read that as 0.</summary>
    public double this[int index, bool shadow]
    {
        get
        {
            var values = shadow ? _shadow : _real;
            return index < values.Length ? values[index] : double.NaN;
        }
        set
        {
            ref var values = ref shadow ? ref _shadow : ref _real;
            if (index >= values.Length)
            {
                var from = values.Length;
                Array.Resize(ref values, index + 1);
                Array.Fill(values, double.NaN, from, index + 1 - from);
            }

            values[index] = value;
        }
    }

    public void Clear()
    {
        Array.Fill(_real, double.NaN);
        Array.Fill(_shadow, double.NaN);
    }

    public void CopyFrom(CounterReadings other)
    {
        _real = [.. other._real];
        _shadow = [.. other._shadow];
    }
}
