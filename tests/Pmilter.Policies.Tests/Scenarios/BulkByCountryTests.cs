using System.Runtime.CompilerServices;
using Pmilter.Policies.Evaluation;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Scenarios;

/// <summary>The shipped policy, from its text to decisions.</summary>
public sealed class BulkByCountryTests
{
    private readonly Scenario _scenario = new(Text());

    [Fact]
    public void Send_TwentyFirstCopyInTenSeconds_IsRefusedHeldTenSecondsThenReleased()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("continue", _scenario.Send().Outcome);
            _scenario.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        var refused = _scenario.Send();
        Assert.Equal("tempfail", refused.Outcome);
        Assert.Equal("bulk_same_from", refused.Rule?.Id);
        Assert.Equal("451 4.7.1 Too much mail from a@spam.example, try again in 10 s", ReplyOf(refused));

        _scenario.Time.Advance(TimeSpan.FromSeconds(9));
        var held = _scenario.Send();
        Assert.Equal("bulk_same_from", held.Rule?.Id);
        Assert.Equal("451 4.7.1 Too much mail from a@spam.example, try again in 1 s", ReplyOf(held));

        _scenario.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("continue", _scenario.Send().Outcome);
    }

    [Theory]
    [InlineData("192.0.2.7", "RU", "")]
    [InlineData("203.0.113.9", "JP", "")]
    [InlineData("203.0.113.9", "ZZ", "")]
    [InlineData("203.0.113.9", "RU", "alice")]
    public void Send_PartnerOtherCountryOrLogin_IsNeverHeld(string ip, string country, string login)
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.Same(Decision.Continue, _scenario.Send(ip, country, login));
        }

        Assert.Empty(_scenario.Store.Operations);
    }

    [Fact]
    public void Send_SixthBaitSubjectInAMinute_IsRefusedWhateverTheFrom()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("continue", _scenario.Send(from: $"u{i}@spam.example", subject: "You won the LOTTERY").Outcome);
        }

        Assert.Equal("bulk_bait_subject", _scenario.Send(from: "u6@spam.example", subject: "unpaid invoice").Rule?.Id);
        Assert.Equal("continue", _scenario.Send(from: "u7@spam.example", subject: "lunch").Outcome);
        Assert.Equal("continue", _scenario.Send(country: "NG", from: "u8@spam.example", subject: "lottery").Outcome);
    }

    [Fact]
    public void Send_OtherFrom_HasItsOwnCount()
    {
        for (var i = 0; i < 20; i++)
        {
            _scenario.Send(from: "A@Spam.Example");
        }

        Assert.Equal("tempfail", _scenario.Send(from: "a@spam.example").Outcome);
        Assert.Equal("continue", _scenario.Send(from: "b@spam.example").Outcome);
    }

    internal static string Text([CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "policies", "10-bulk-by-country.yaml"));

    internal static string ReplyOf(Decision decision) =>
        decision.Verdict.Reply is { } reply ? $"{reply.Code} {reply.EnhancedCode} {string.Join('|', reply.Lines)}" : string.Empty;
}
