using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Evaluation;

/// <summary>A hit that can still be taken back. Real and shadow copy stand side by side.</summary>
internal struct Hit
{
    public CounterNode Counter { get; set; }

    /// <summary>The recipient that was counted; null for other events.</summary>
    public RecipientFacts? Recipient { get; set; }

    /// <summary>The number of the event that was counted.</summary>
    public long Event { get; set; }

    public ReadOnlyMemory<char> Key { get; set; }

    public double Amount { get; set; }

    public string? Member { get; set; }

    public long Stamp { get; set; }

    public double Value { get; set; }

    public bool IsUndone { get; set; }

    public long ShadowStamp { get; set; }

    public double ShadowValue { get; set; }

    public bool IsShadowUndone { get; set; }

    /// <summary>Places in the batch that is being made.</summary>
    public int Operation { get; set; }

    public int ShadowOperation { get; set; }

    public readonly double ValueOf(bool shadow) => shadow ? ShadowValue : Value;

    public readonly bool IsUndoneIn(bool shadow) => shadow ? IsShadowUndone : IsUndone;
}

/// <summary>The hits of one message, or of one connection, in order; reused.</summary>
internal sealed class HitLog
{
    private Hit[] _hits = [];

    public int Count { get; private set; }

    public KeyText Keys { get; } = new();

    public ref Hit this[int index] => ref _hits[index];

    public void Add(in Hit hit)
    {
        if (Count == _hits.Length)
        {
            Array.Resize(ref _hits, Math.Max(Count * 2, 4));
        }

        _hits[Count++] = hit;
    }

    /// <summary>Forgets those behind the first ones.</summary>
    public void Shorten(int count)
    {
        _hits.AsSpan(count, Count - count).Clear();
        Count = count;
    }

    /// <summary>Forgets the hits that nobody can judge any more; the others keep their order.</summary>
    public void Keep(Predicate<Hit> isKept)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (isKept(_hits[i]))
            {
                _hits[kept++] = _hits[i];
            }
        }

        Shorten(kept);
    }

    public void Clear()
    {
        Shorten(0);
        Keys.Clear();
    }
}
