using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>The scenario begins on Monday 2026-01-05 at 00:00 UTC.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData("schedule: { days: [mon-fri], from: '08:00', to: '19:00' }", "08:00", true)]
    [InlineData("schedule: { days: [mon-fri], from: '08:00', to: '19:00' }", "07:59:59", false)]
    [InlineData("schedule: { days: [mon-fri], from: '08:00', to: '19:00' }", "19:00", false)]
    [InlineData("schedule: { days: [mon-fri], from: '08:00', to: '19:00' }", "5.12:00", false)]
    [InlineData("schedule: { days: [mon], from: '22:00', to: '06:00' }", "22:00", true)]
    [InlineData("schedule: { days: [mon], from: '22:00', to: '06:00' }", "1.05:59", true)]
    [InlineData("schedule: { days: [mon], from: '22:00', to: '06:00' }", "1.06:00", false)]
    [InlineData("schedule: { days: [mon], from: '22:00', to: '06:00' }", "05:00", false)]
    [InlineData("schedule: { days: [sun], from: '22:00', to: '06:00' }", "05:00", true)]
    [InlineData("schedule: { days: [mon], from: '08:00', to: '19:00', zone: Asia/Tokyo }", "00:00", true)]
    [InlineData("schedule: { days: [mon], from: '08:00', to: '19:00', zone: Asia/Tokyo }", "10:00", false)]
    [InlineData("schedule: { days: [tue], from: '00:00', to: '06:00', zone: Asia/Tokyo }", "15:30", true)]
    [InlineData("schedule: { days: [sat, sun] }", "6.23:59", true)]
    [InlineData("schedule: { days: [sat, sun] }", "00:00", false)]
    [InlineData("from: '2026-01-05T12:00Z'", "11:59:59", false)]
    [InlineData("from: '2026-01-05T12:00Z'", "12:00", true)]
    [InlineData("until: '2026-01-05T12:00+09:00'", "02:59:59", true)]
    [InlineData("until: '2026-01-05T12:00+09:00'", "03:00", false)]
    public void Rule_AtATime_IsInForceOrNot(string times, string after, bool isInForce)
    {
        var scenario = Engines.Run($"policy: p\nrules:\n  - id: r\n    phase: mail\n    {times}\n    then: [ reject ]\n");
        scenario.Time.Advance(TimeSpan.Parse(after, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(isInForce ? "reject" : "continue", scenario.Connect().Mail().Outcome);
    }

    [Fact]
    public void Schedule_WithoutAZone_FollowsTheServers()
    {
        var scenario = new Scenario("policy: p\nrules:\n  - { id: r, phase: mail, schedule: { days: [mon], from: '08:00', to: '19:00' }, then: [ reject ] }\n")
        {
            Engine = new() { Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo") },
        };
        Assert.Equal("reject", scenario.Connect().Mail().Outcome);
        scenario.Time.Advance(TimeSpan.FromHours(10));
        Assert.Equal("continue", scenario.Connect().Mail().Outcome);
    }
}
