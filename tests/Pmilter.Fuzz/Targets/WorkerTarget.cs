using Pmilter.Effects.Ruby;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Scripts;

namespace Pmilter.Fuzz.Targets;

/// <summary>What a Ruby worker sends whose script got hold of its pipe.</summary>
internal sealed class WorkerTarget : IFuzzTarget
{
    private static readonly byte[][] Good =
    [
        RubyFrame.Write(ScriptValue.Of("done"), ScriptValue.Of(0), ScriptValue.Of(""), ScriptValue.Of([]))[4..],
        RubyFrame.Write(ScriptValue.Of("done"), ScriptValue.Of(4), ScriptValue.Of("x"), ScriptValue.Of([ScriptValue.Of([ScriptValue.Of("add_header"), ScriptValue.Of(3), ScriptValue.Of([ScriptValue.Of("X-A"), ScriptValue.Of("b")])])]))[4..],
        RubyFrame.Write(ScriptValue.Of("ask"), ScriptValue.Of("counter"), ScriptValue.Of([ScriptValue.Nil, ScriptValue.Of(true), ScriptValue.Of(1.5)]))[4..],
        [(byte)'D', 3],
    ];

    // What is made once for all frames is made before anything is counted.
    static WorkerTarget() => RubyFrame.Read(Good[^1]);

    public string Name => "worker";

    public string Promise => "a frame is read or refused; its size bounds what is allocated for it";

    public void Try(Dice dice)
    {
        var payload = dice.OneIn(10) ? dice.Bytes(dice.Below(40)) : Mutation.Of(dice, dice.Of(Good), 5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            foreach (var value in RubyFrame.Read(payload))
            {
                _ = ScriptChanges.Of(new ScriptOperation("add_header", value.List ?? [value], 1));
            }
        }
        catch (RubyProtocolException)
        {
            // Refused, as it should be.
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        BrokenPromiseException.ThrowUnless(allocated < 20_000 + (200L * payload.Length), $"{allocated} bytes are allocated for a frame of {payload.Length}");
    }
}
