using Pmilter.Effects.Dns;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Dns;

namespace Pmilter.Effects.Tests.Dns;

/// <summary>Answers, caches and bounds.</summary>
public sealed class DnsNameServiceTests
{
    [Theory]
    [InlineData("host.example", NameRecordKind.A, "192.0.2.1 192.0.2.2")]
    [InlineData("HOST.example", NameRecordKind.A, "192.0.2.1 192.0.2.2")]
    [InlineData("alias.example", NameRecordKind.A, "192.0.2.1 192.0.2.2")]
    [InlineData("host.example", NameRecordKind.Aaaa, "2001:db8::1")]
    [InlineData("host.example", NameRecordKind.Mx, "mx1.example mx2.example")]
    [InlineData("null.example", NameRecordKind.Mx, ".")]
    [InlineData("1.2.0.192.in-addr.arpa", NameRecordKind.Ptr, "host.example")]
    [InlineData("host.example", NameRecordKind.Txt, "v=spf1 include:other.example -all")]
    [InlineData("host.example", NameRecordKind.Ptr, "NoData")]
    [InlineData("nobody.example", NameRecordKind.A, "NotFound")]
    [InlineData("cut.example", NameRecordKind.A, "192.0.2.3")]
    [InlineData("x.another.example", NameRecordKind.A, "Failed: the response was to another question")]
    [InlineData("x.fails.example", NameRecordKind.A, "Failed: the server answered ServerFailure")]
    [InlineData("x.refuses.example", NameRecordKind.A, "Failed: the server answered Refused")]
    [InlineData("x.broken.example", NameRecordKind.A, "Failed: the response cannot be read")]
    [InlineData("x.half.example", NameRecordKind.A, "Failed: ")]
    public async Task Answer_OfEachKind_IsReadOrFails(string name, NameRecordKind kind, string expected)
    {
        await using var rig = new DnsRig();
        rig.Server
            .Add("host.example", DnsRecord.Address("192.0.2.1"), DnsRecord.Address("192.0.2.2"), DnsRecord.Address("2001:db8::1"))
            .Add("host.example", DnsRecord.Exchange(20, "MX2.example"), DnsRecord.Exchange(10, "mx1.example"), DnsRecord.Text("v=spf1 include:", "other.example -all"))
            .Add("alias.example", DnsRecord.Alias("next.example")).Add("next.example", DnsRecord.Alias("host.example"))
            .Add("null.example", DnsRecord.Exchange(0, "."))
            .Add("1.2.0.192.in-addr.arpa", DnsRecord.Pointer("Host.Example"))
            .Add("cut.example", DnsRecord.Address("192.0.2.3"))
            .Behave("cut.example", DnsBehaviour.IsCut).Behave("half.example", DnsBehaviour.IsCutForGood).Behave("another.example", DnsBehaviour.AnswersAnother)
            .Behave("fails.example", DnsBehaviour.Fails).Behave("refuses.example", DnsBehaviour.Refuses).Behave("broken.example", DnsBehaviour.IsBroken);

        var answer = await rig.AskAsync(name.ToLowerInvariant(), kind);

        var found = answer.Outcome switch { NameOutcome.Found => string.Join(' ', answer.Records), NameOutcome.Failed => $"Failed: {answer.Error}", var outcome => $"{outcome}" };
        if (expected.StartsWith("Failed", StringComparison.Ordinal))
        {
            Assert.StartsWith(expected, found, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected, found);
        }
    }

    [Theory]
    [InlineData("short.example", 60)]
    [InlineData("long.example", 3600)]
    [InlineData("zero.example", 5)]
    [InlineData("nobody.example", 120)]
    [InlineData("x.fails.example", 10)]
    public async Task Cache_HoldsForTheTtlWithinItsBounds(string name, int seconds)
    {
        await using var rig = new DnsRig();
        rig.Server.Authority = DnsRecord.Authority(ttl: 300, minimum: 120);
        rig.Server.Add("short.example", DnsRecord.Address("192.0.2.1", ttl: 60)).Add("long.example", DnsRecord.Address("192.0.2.1", ttl: 86400))
            .Add("zero.example", DnsRecord.Address("192.0.2.1", ttl: 0)).Behave("fails.example", DnsBehaviour.Fails);
        await rig.AskAsync(name);
        var before = rig.Server.Asked.Count;

        rig.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        await rig.AskAsync(name);
        Assert.Equal(before, rig.Server.Asked.Count);

        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.AskAsync(name);
        Assert.Equal(before * 2, rig.Server.Asked.Count);
    }

    [Fact]
    public async Task Cache_OfManyNames_StaysBounded()
    {
        await using var rig = new DnsRig(new DnsOptions { CacheEntries = 100, Concurrency = 1000 });
        foreach (var chunk in Enumerable.Range(0, 400).Chunk(50))
        {
            await Task.WhenAll(chunk.Select(n => rig.AskAsync($"n{n}.example")));
        }

        Assert.InRange(rig.Names.Cached, 1, 100);
    }

    [Fact]
    public async Task Question_AskedTwiceAtOnce_GoesOutOnce()
    {
        await using var rig = new DnsRig();
        rig.Server.Add("host.example", DnsRecord.Address("192.0.2.1")).Behave("host.example", DnsBehaviour.IsHeld);
        var first = rig.AskAsync("host.example");
        var second = rig.AskAsync("host.example");
        await rig.IsAskedAsync(1);
        rig.Server.Release();

        Assert.Equal((await first).Records, (await second).Records);
        Assert.Single(rig.Server.Asked);
    }

    [Fact]
    public async Task Question_WhoseAskerLeaves_IsAnsweredForTheNext()
    {
        await using var rig = new DnsRig();
        rig.Server.Add("host.example", DnsRecord.Address("192.0.2.1")).Behave("host.example", DnsBehaviour.IsHeld);
        using var rule = rig.Names.Limit(TimeSpan.FromMilliseconds(300), CancellationToken.None);
        var asking = rig.Names.AskAsync(new NameQuestion("host.example", NameRecordKind.A), rule.Token);
        await rig.IsAskedAsync(1);
        rig.Time.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal("no answer in the time that the rule or the event has", (await asking).Error);
        rig.Server.Release();
        Assert.Equal(["192.0.2.1"], (await rig.AskAsync("host.example")).Records);
        Assert.Single(rig.Server.Asked);
    }

    [Fact]
    public async Task Questions_BeyondTheBound_FailAtOnceAndAreToldOnce()
    {
        await using var rig = new DnsRig(new DnsOptions { Concurrency = 3 });
        rig.Server.Behave(string.Empty, DnsBehaviour.IsHeld);
        var running = Enumerable.Range(0, 3).Select(n => rig.AskAsync($"n{n}.example")).ToArray();
        await rig.IsAskedAsync(3);

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("too many questions are under way", (await rig.AskAsync($"more{i}.example")).Error);
        }

        Assert.Equal(3, rig.Names.Running);
        rig.Server.Release();
        Assert.All(await Task.WhenAll(running), answer => Assert.Equal(NameOutcome.NotFound, answer.Outcome));
        Assert.Equal(NameOutcome.NotFound, (await rig.AskAsync("later.example")).Outcome);
        Assert.Single(rig.Log);
    }

    [Theory]
    [InlineData(DnsBehaviour.IsSilent)]
    [InlineData(DnsBehaviour.Fails)]
    [InlineData(DnsBehaviour.IsBroken)]
    public async Task Server_ThatIsIll_AnotherAnswers_AndIsAskedFirstFromThenOn(DnsBehaviour illness)
    {
        await using var ill = DnsServer.Start().Behave(string.Empty, illness);
        await using var good = DnsServer.Start().Add("a.example", DnsRecord.Address("192.0.2.1")).Add("b.example", DnsRecord.Address("192.0.2.2"));
        await using var rig = new DnsRig(null, ill.EndPoint, good.EndPoint);

        Assert.Equal(["192.0.2.1"], (await rig.AskInTimeAsync("a.example")).Records);
        Assert.Equal(["192.0.2.2"], (await rig.AskInTimeAsync("b.example")).Records);
        Assert.DoesNotContain(ill.Asked, asked => asked.EndsWith("b.example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dispose_WithQuestionsUnderWay_EndsThem()
    {
        var rig = new DnsRig();
        rig.Server.Behave(string.Empty, DnsBehaviour.IsSilent);
        var asking = rig.AskAsync("host.example");
        await rig.IsAskedAsync(1);

        await rig.DisposeAsync();

        Assert.Equal(NameOutcome.Failed, (await asking).Outcome);
        Assert.Empty(rig.Log);
    }
}
