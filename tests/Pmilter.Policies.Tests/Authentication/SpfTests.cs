using System.Net;
using CsCheck;
using Pmilter.Policies.Authentication.Spf;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>What the suite does not ask: failures of the DNS, mapped addresses, nonsense.</summary>
public sealed class SpfTests
{
    private static readonly string[] Pieces = ["v=spf1", " ", "a", ":", "/", "//", "24", "mx", "ip4:", "1.2.3.4", "ip6:", "::1", "%{", "d", "}", "%", "r", "-", "~", "?", "+all", "redirect=", "exp=", "x.y=", "include:", "example.com", ".", "exists:", "ptr", "\t", "\u00e4", "\\"];

    [Theory]
    [InlineData("v=spf1 include:silent.example +all", "temperror")]
    [InlineData("v=spf1 a:silent.example +all", "temperror")]
    [InlineData("v=spf1 mx:silent.example +all", "temperror")]
    [InlineData("v=spf1 exists:silent.example +all", "temperror")]
    [InlineData("v=spf1 redirect=silent.example", "temperror")]
    [InlineData("v=spf1 +all a:silent.example", "pass")]
    [InlineData("v=spf1 ip4:203.0.113.9 a:silent.example -all", "pass")]
    [InlineData("v=spf1 ptr:silent.example -all", "fail")]
    [InlineData("v=spf1 exists:%{l}.%{d2} -all", "pass")]
    public async Task Dns_ThatFails_IsTemporaryAndOnlyWhereItIsAsked(string record, string expected)
    {
        var names = new ScriptedNames
        {
            ["example.com", NameRecordKind.Txt] = [record],
            ["joe.example.com", NameRecordKind.A] = ["127.0.0.2"],
            ["9.113.0.203.in-addr.arpa", NameRecordKind.Ptr] = null,
        };
        foreach (var kind in Enum.GetValues<NameRecordKind>())
        {
            names["silent.example", kind] = null;
        }

        Assert.Equal(expected, (await CheckAsync(names, "203.0.113.9")).Text);
        Assert.Equal(expected, (await CheckAsync(names, "::ffff:203.0.113.9")).Text);
    }

    [Fact]
    public async Task Time_ThatIsOver_IsATemporaryError()
    {
        var names = new ScriptedNames { ["example.com", NameRecordKind.Txt] = ["v=spf1 -all"] };

        var outcome = await SpfCheck.RunAsync(names, SpfIdentity.Of(IPAddress.Parse("203.0.113.9"), "joe@example.com", "helo.example"), new CancellationToken(canceled: true));

        Assert.Equal(new SpfOutcome(SpfWord.TempError, "no answer in time"), outcome);
    }

    /// <summary>RFC 7208 4.6.4: whatever a record says, it costs a bounded number of questions.</summary>
    [Fact]
    public async Task Record_ThatIncludesItself_EndsSoon()
    {
        var names = new ScriptedNames
        {
            ["example.com", NameRecordKind.Txt] = ["v=spf1 mx:example.com include:example.com include:example.com -all"],
            ["example.com", NameRecordKind.Mx] = [.. Enumerable.Range(0, 10).Select(n => $"mx{n}.example.com")],
        };
        for (var n = 0; n < 10; n++)
        {
            names[$"mx{n}.example.com", NameRecordKind.A] = ["192.0.2.1"];
        }

        Assert.Equal("permerror", (await CheckAsync(names, "203.0.113.9")).Text);
        Assert.InRange(names.Asked.Count, 1, 100);
    }

    [Fact]
    public void Record_OfAnyText_NeverThrows() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 20].Sample(parts =>
        {
            var names = new ScriptedNames { ["example.com", NameRecordKind.Txt] = [$"v=spf1 {string.Concat(parts)}"] };
            var outcome = CheckAsync(names, "203.0.113.9").GetAwaiter().GetResult();
            Assert.InRange(names.Asked.Count, 1, 40);
            Assert.NotEqual(SpfWord.None, outcome.Word);
        });

    private static Task<SpfOutcome> CheckAsync(ScriptedNames names, string address) =>
        SpfCheck.RunAsync(names, SpfIdentity.Of(IPAddress.Parse(address), "joe@example.com", "helo.example"), CancellationToken.None).AsTask();
}
