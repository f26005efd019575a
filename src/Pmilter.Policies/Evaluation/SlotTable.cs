using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation;

/// <summary>A fact's answer.</summary>
public struct SlotValue
{
    /// <summary>Pending until looked up.</summary>
    public EvaluationStatus Status { get; set; }

    public double Number { get; set; }

    public string? Text { get; set; }

    /// <summary>What it was asked about, where a slot may be asked about several.</summary>
    public string? Subject { get; set; }

    /// <summary>Of a failed look-up, what went wrong.</summary>
    public string? Error { get; set; }

    public static SlotValue Of(double number) => new() { Status = EvaluationStatus.Known, Number = number };

    public static SlotValue Of(string text) => new() { Status = EvaluationStatus.Known, Text = text };

    public static SlotValue Failed => new() { Status = EvaluationStatus.Failed };

    public static SlotValue FailedBy(string error) => new() { Status = EvaluationStatus.Failed, Error = error };
}

/// <summary>
/// Looked-up facts of one scope (connection, message, recipient or event), by the slot's index. The scope owns the table, so that a
/// slot lives exactly as long as the narrowest field that it used.
/// </summary>
public sealed class SlotTable
{
    private SlotValue?[] _values = [];

    /// <summary>Pending where nothing was stored.</summary>
    public SlotValue this[int index]
    {
        get => index < _values.Length && _values[index] is { } value ? value : new SlotValue { Status = EvaluationStatus.Pending };
        set
        {
            if (index >= _values.Length)
            {
                Array.Resize(ref _values, index + 1);
            }

            _values[index] = value;
        }
    }

    public void Clear() => Array.Clear(_values);

    /// <summary>What failed is asked again.</summary>
    public void ForgetFailed()
    {
        for (var i = 0; i < _values.Length; i++)
        {
            if (_values[i] is { Status: EvaluationStatus.Failed })
            {
                _values[i] = null;
            }
        }
    }
}

/// <summary>How long a slot's answer holds.</summary>
public enum SlotLifetime
{
    Connection,
    Message,
    Recipient,
    Part,
    Event,
}

/// <summary>
/// Who can answer a slot: counters, bans and memories under given keys, the DNS. One instance a distinct function call in the set.
/// </summary>
public abstract class SlotSource(int index, SlotLifetime lifetime)
{
    public int Index { get; } = index;

    public SlotLifetime Lifetime { get; } = lifetime;

    /// <summary>Looks the fact up; a failure is a value (<see cref="SlotValue.Failed"/>). What the store throws goes to the caller, who tells it.</summary>
    public abstract ValueTask<SlotValue> ResolveAsync(EvaluationContext context, IStateStore state, CancellationToken cancellationToken);
}
