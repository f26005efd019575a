namespace Pmilter.Fuzz.Inputs;

/// <summary>Numbers that depend on the seed, the target's name and the input's number alone (SplitMix64).</summary>
internal sealed class Dice(ulong state)
{
    private ulong _state = state;

    public static Dice Of(ulong seed, string target, long input)
    {
        var state = seed;
        foreach (var letter in target)
        {
            state = (state ^ letter) * 0x100000001B3;
        }

        return new Dice(new Dice(state).Next() ^ (ulong)input * 0x9E3779B97F4A7C15);
    }

    public ulong Next()
    {
        var next = _state += 0x9E3779B97F4A7C15;
        next = (next ^ (next >> 30)) * 0xBF58476D1CE4E5B9;
        next = (next ^ (next >> 27)) * 0x94D049BB133111EB;
        return next ^ (next >> 31);
    }

    /// <summary>From 0 up to <paramref name="bound"/>, without it.</summary>
    public int Below(int bound) => (int)((Next() >> 33) % (uint)bound);

    /// <summary>Both ends may come.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = (byte)Next();
        }

        return bytes;
    }
}
