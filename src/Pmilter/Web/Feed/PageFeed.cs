namespace Pmilter.Web.Feed;

/// <summary>What the page shows of mail. It is fed where metrics and the decision log are, and is not there where no page is served.</summary>
internal sealed class PageFeed
{
    public MinuteSeries Minutes { get; } = new();

    public CountryTally Countries { get; } = new();

    public RecentDecisions Recent { get; } = new();

    /// <summary>A message was decided.</summary>
    /// <param name="outcome">Place in the outcomes that rules have.</param>
    public void Count(DateTimeOffset now, int outcome, string country, bool isRefused)
    {
        Minutes.Count(now, outcome);
        Countries.Count(country, isRefused);
    }
}
