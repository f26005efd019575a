using Pmilter.Fuzz.Inputs;

namespace Pmilter.Fuzz.Runs;

/// <summary>A part of the program that reads what others wrote, and what it promises whatever they wrote.</summary>
internal interface IFuzzTarget
{
    string Name { get; }

    /// <summary>One line: what holds for every input.</summary>
    string Promise { get; }

    /// <summary>Makes one input out of the dice and tries it. Any exception is a finding.</summary>
    void Try(Dice dice);
}
