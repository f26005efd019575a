using System.Text;
using System.Text.Json;
using Pmilter.Web.Feed;

namespace Pmilter.Tests.Web;

/// <summary>What is kept of mail for the page, and that it is bounded.</summary>
public sealed class FeedTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 59, 1)]
    [InlineData(59, 0, 1)]
    [InlineData(60, -1, 0)]
    public void Minutes_AreSeenWhileTheyAreInTheHour(int minutesLater, int expectedPlace, int expectedCount)
    {
        var series = new MinuteSeries();
        series.Count(Noon, 4);
        var (from, sums) = series.Read(Noon.AddMinutes(minutesLater), 60, 1);

        Assert.Equal(Noon.AddMinutes(minutesLater - 59), from);
        Assert.Equal(expectedPlace, sums.ToList().FindIndex(sum => sum[4] > 0));
        Assert.Equal(expectedCount, sums.Sum(sum => sum.Sum()));
        Assert.Equal(1, series.Totals()[4]);
    }

    [Fact]
    public void Minutes_OfADayAgo_AreGone_AndLongSilenceLeavesNothingOld()
    {
        var series = new MinuteSeries();
        for (var minute = 0; minute < MinuteSeries.Minutes; minute++)
        {
            series.Count(Noon.AddMinutes(minute), 0);
        }

        Assert.Equal(MinuteSeries.Minutes, series.Read(Noon.AddMinutes(MinuteSeries.Minutes - 1), MinuteSeries.Minutes, 1).Sums.Sum(sum => sum[0]));
        Assert.Equal(MinuteSeries.Minutes - 10, series.Read(Noon.AddMinutes(MinuteSeries.Minutes + 9), MinuteSeries.Minutes, 1).Sums.Sum(sum => sum[0]));
        Assert.Equal(0, series.Read(Noon.AddDays(30), MinuteSeries.Minutes, 20).Sums.Sum(sum => sum[0]));
        series.Count(Noon, 0);
        Assert.Equal(1, series.Read(Noon, 60, 1).Sums[^1][0]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    public void Minutes_InSteps_AddUpToTheSame(int step)
    {
        var series = new MinuteSeries();
        for (var minute = 0; minute < 100; minute++)
        {
            series.Count(Noon.AddMinutes(minute), minute % 8);
        }

        var (from, sums) = series.Read(Noon.AddMinutes(99), 200, step);

        Assert.Equal(0, from.ToUnixTimeSeconds() / 60 % step);
        Assert.Equal(100, sums.Sum(sum => sum.Sum()));
    }

    [Fact]
    public void Countries_OfNoCountry_AreUnknown()
    {
        var tally = new CountryTally();
        foreach (var country in new[] { "JP", "JP", "US", "", "xx", "USA", "É1" })
        {
            tally.Count(country, isRefused: country == "US");
        }

        Assert.Equal([("ZZ", 4L, 0L), ("JP", 2L, 0L), ("US", 1L, 1L)], tally.Read());
    }

    [Fact]
    public void Decisions_BeyondTheLastFiveHundred_AreForgotten()
    {
        var recent = new RecentDecisions();
        for (var i = 1; i <= 1203; i++)
        {
            recent.Add(Encoding.UTF8.GetBytes($"{i}"));
        }

        Assert.Equal(Enumerable.Range(704, 500).Select(i => (long)i), recent.After(0).Select(line => line.Number));
        Assert.Equal(["1202", "1203"], recent.After(1201).Select(line => Encoding.UTF8.GetString(line.Line)));
        Assert.Null(recent.Find(703));
        Assert.Null(recent.Find(1204));
        Assert.Null(recent.Find(0));
        Assert.Equal("704", Encoding.UTF8.GetString(recent.Find(704) ?? []));
    }

    [Fact]
    public void Decision_ThatIsHuge_IsKeptShort()
    {
        var recent = new RecentDecisions();
        var line = JsonSerializer.Serialize(new { id = "a-1", helo = new string('h', 50_000), rcpt = Enumerable.Range(0, 10_000).Select(i => $"{i}@d.example"), client = new { ip = "192.0.2.1" }, values = new { subject = new string('s', 50_000) } });
        recent.Add(Encoding.UTF8.GetBytes(line));
        var kept = recent.Find(1) ?? [];

        Assert.True(kept.Length < 2000, $"{kept.Length} bytes");
        var json = JsonDocument.Parse(kept).RootElement;
        Assert.Equal("192.0.2.1", json.GetProperty("client").GetProperty("ip").GetString());
        Assert.Equal(20, json.GetProperty("rcpt").GetArrayLength());
        Assert.False(json.TryGetProperty("values", out _));
    }
}
