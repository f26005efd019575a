using Pmilter.Policies.Facts;
using Pmilter.TestKit.Dns;

namespace Pmilter.Effects.Tests.Dns;

/// <summary>A DNS, or a list in it, that does not answer: waited for a few times, then left alone, told once.</summary>
public sealed class DnsBreakerTests
{
    [Fact]
    public async Task Dns_ThatNeverAnswers_IsWaitedForAFewTimesAndToldOnce()
    {
        await using var rig = new DnsRig();
        rig.Server.Behave(string.Empty, DnsBehaviour.IsSilent);
        var began = rig.Time.GetUtcNow();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("no answer in time", (await rig.AskInTimeAsync($"n{i}.zen.example", "zen.example")).Error);
        }

        Assert.InRange(rig.Time.GetUtcNow() - began, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        var asked = rig.Server.Asked.Count;
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal("the DNS does not answer and is left alone for a while", (await rig.AskAsync($"m{i}.zen.example", zone: "zen.example")).Error);
        }

        Assert.Equal((asked, 0), (rig.Server.Asked.Count, rig.Names.Running));
        Assert.Equal(["Warning: The DNS does not answer (no answer in time): it is left alone for 10 s at a time; rules' on_error decides"], rig.Log);
    }

    [Fact]
    public async Task Dns_ThatAnswersAgain_IsFoundByOneQuestionAfterTheRest()
    {
        await using var rig = new DnsRig();
        rig.Server.Behave(string.Empty, DnsBehaviour.IsSilent);
        for (var i = 0; i < 5; i++)
        {
            await rig.AskInTimeAsync($"n{i}.example");
        }

        // Still silent: one question tries, and the next rest begins without another line.
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("no answer in time", (await rig.AskInTimeAsync("x.example")).Error);
        Assert.StartsWith("the DNS does not answer", (await rig.AskAsync("y.example")).Error, StringComparison.Ordinal);

        rig.Server.Behave(string.Empty, DnsBehaviour.Answers);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(NameOutcome.NotFound, (await rig.AskAsync("z.example")).Outcome);
        Assert.Equal(2, rig.Log.Count);
        Assert.Equal("Warning: The DNS answers again", rig.Log[1]);
    }

    [Theory]
    [InlineData(DnsBehaviour.Fails)]
    [InlineData(DnsBehaviour.IsSilent)]
    public async Task List_ThatIsIll_IsLeftAloneByItself(DnsBehaviour illness)
    {
        await using var rig = new DnsRig();
        rig.Server.Add("good.example", DnsRecord.Address("192.0.2.1")).Behave("zen.example", illness);
        for (var i = 0; i < 5; i++)
        {
            await rig.AskInTimeAsync($"n{i}.zen.example", "zen.example");
        }

        Assert.Equal("zen.example does not answer and is left alone for a while", (await rig.AskAsync("m.zen.example", zone: "zen.example")).Error);
        Assert.Equal(["192.0.2.1"], (await rig.AskAsync("good.example")).Records);
        Assert.Single(rig.Log);

        rig.Server.Behave("zen.example", DnsBehaviour.Answers);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(NameOutcome.NotFound, (await rig.AskAsync("later.zen.example", zone: "zen.example")).Outcome);
        Assert.Equal("Warning: The DNS list zen.example answers again", rig.Log[1]);
    }

    [Fact]
    public async Task Domains_ThatASenderMakesUp_OpenNothingWhileTheServerLives()
    {
        await using var rig = new DnsRig();
        rig.Server.Behave("evil.example", DnsBehaviour.IsSilent);
        for (var i = 0; i < 20; i++)
        {
            await rig.AskInTimeAsync($"n{i}.evil.example");
        }

        Assert.Empty(rig.Log);
    }

    [Fact]
    public void Doubt_OfAList_IsToldOnceUntilItIsTrustedAgain()
    {
        var rig = new DnsRig();
        rig.Names.Doubt("zen.example", "192.0.2.80");
        rig.Names.Doubt("zen.example", "192.0.2.80");
        rig.Names.Trust("zen.example");
        rig.Names.Doubt("zen.example", "192.0.2.81");

        Assert.Equal(
            ["Warning: The DNS list zen.example answers 192.0.2.80", "Information: The DNS list zen.example answers as a list does again", "Warning: The DNS list zen.example answers 192.0.2.81"],
            rig.Log);
    }
}
