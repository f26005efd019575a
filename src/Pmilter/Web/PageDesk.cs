namespace Pmilter.Web;

/// <summary>What the page shows, a part a thing.</summary>
internal sealed record PageDesk(OverviewPart Overview, DecisionPart Decisions, StatePart State, Playground Playground);
