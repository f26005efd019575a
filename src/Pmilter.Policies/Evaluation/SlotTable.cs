using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation;

/// <summary>A fact's answer.</summary>
public struct SlotValue
{
    /// <summary>Pending until looked up.</summary>
    public EvaluationStatus Status { get; set; }

    public double Number { get; set; }

    public string? Text { get; set; }

    public static SlotValue Of(double number) => new() { Status = EvaluationStatus.Known, Number = number };

    public static SlotValue Of(string text) => new() { Status = EvaluationStatus.Known, Text = text };

    public static SlotValue Failed => new() { Status = EvaluationStatus.Failed };
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
/// Who can answer a slot: counters and bans under given keys now; DNS and others later. One instance a distinct function call in the set.
/// </summary>
public abstract class SlotSource(int index, SlotLifetime lifetime)
{
    public int Index { get; } = index;

    public SlotLifetime Lifetime { get; } = lifetime;

    /// <summary>Looks the fact up; a failure is a value (<see cref="SlotValue.Failed"/>). What the store throws goes to the caller, who tells it.</summary>
    public abstract ValueTask<SlotValue> ResolveAsync(EvaluationContext context, IStateStore state, CancellationToken cancellationToken);
}
