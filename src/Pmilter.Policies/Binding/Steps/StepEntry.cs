using Pmilter.Policies.Mail;
using Pmilter.Policies.Vocabulary;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>A step of <c>then</c> as the language knows it: the binder, <c>pmilter fields</c> and the documentation read this.</summary>
/// <param name="Name">As written.</param>
/// <param name="Shapes">Its argument, one example a shape; empty for a bare word.</param>
/// <param name="Documentation">One sentence.</param>
/// <param name="Phases">Where it is possible.</param>
/// <param name="WhyNot">Said where it is not.</param>
/// <param name="Actions">What must be negotiated with the MTA.</param>
/// <param name="IsVerdict">Whether it ends the phase (or the file's part of it) and must be the last step.</param>
public sealed record StepEntry(
    string Name,
    IReadOnlyList<string> Shapes,
    string Documentation,
    IReadOnlyList<Phase> Phases,
    string WhyNot,
    MilterActions Actions = MilterActions.None,
    bool IsVerdict = false)
{
    /// <summary>Whether the word may stand alone.</summary>
    public bool IsBare { get; init; }

    /// <summary>What it takes; null for nothing.</summary>
    public ValueForm? Argument { get; init; }
}
