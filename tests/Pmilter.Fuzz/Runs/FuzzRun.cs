using Pmilter.Fuzz.Inputs;

namespace Pmilter.Fuzz.Runs;

/// <summary>Many inputs to one target. Input number i of a seed is always the same one, whatever ran before it.</summary>
internal sealed class FuzzRun(IFuzzTarget target, ulong seed)
{
    private long _current = -1;
    private long _seen = -1;
    private volatile bool _isIdle = true;

    /// <summary>Ends the process, naming the input, when the same one is still being tried as the last time.</summary>
    public void Watch(TimeSpan patience)
    {
        var current = Volatile.Read(ref _current);
        if (current == _seen && !_isIdle)
        {
            Environment.FailFast($"{target.Name} --seed {seed} --at {current} has not ended for {patience.TotalSeconds:0} s");
        }

        _seen = current;
    }

    /// <returns>The first finding; null if there is none.</returns>
    public FuzzFinding? Try(long first, long count)
    {
        _isIdle = false;
        for (var i = first; i < first + count; i++)
        {
            Volatile.Write(ref _current, i);
            try
            {
                target.Try(Dice.Of(seed, target.Name, i));
            }
            catch (Exception error)
            {
                return new FuzzFinding(target.Name, seed, i, error);
            }
        }

        _isIdle = true;
        return null;
    }
}

/// <param name="Input">Its number: <c>--at</c> tries it alone.</param>
internal sealed record FuzzFinding(string Target, ulong Seed, long Input, Exception Error)
{
    public override string ToString() => $"{Target} --seed {Seed} --at {Input}\n{Error}";
}
