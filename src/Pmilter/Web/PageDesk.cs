namespace Pmilter.Web;

/// <summary>What the page shows, a part a thing.</summary>
internal sealed record PageDesk(OverviewPart Overview, DecisionPart Decisions, StatePart State, Playground Playground)
{
    /// <summary>Arms fuses; null where nothing can be changed by hand.</summary>
    public Safety.SafetyDesk? Safety { get; init; }
}
