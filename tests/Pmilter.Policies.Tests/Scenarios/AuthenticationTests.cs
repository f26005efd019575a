using CsCheck;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Mail.Headers;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Scenarios;

/// <summary><c>auth_result()</c> and <c>dkim_aligned()</c> over Authentication-Results fields (RFC 8601).</summary>
public sealed class AuthenticationTests
{
    private const string Id = "mx.example.jp";

    [Theory]
    [InlineData("spf", "mx.example.jp; spf=pass smtp.mailfrom=example.net", "pass")]
    [InlineData("SPF", "MX.Example.JP; SPF=Fail smtp.mailfrom=example.net", "fail")]
    [InlineData("dmarc", "mx.example.jp 1;\n dkim=pass (good signature) header.d=example.com;\n dmarc=fail (p=reject) header.from=example.net", "fail")]
    [InlineData("dkim", "mx.example.jp; dkim=fail reason=\"bad signature\" header.i=@a.example; dkim=pass header.d=b.example", "pass")]
    [InlineData("dkim", "mx.example.jp; dkim=temperror header.d=a.example; dkim=fail header.d=b.example", "temperror")]
    [InlineData("arc", "mx.example.jp; arc=none", "none")]
    [InlineData("spf", "mx.example.jp; none", "")]
    [InlineData("spf", "evil.example; spf=pass", "")]
    [InlineData("spf", "mx.example.jp.evil.example; spf=pass", "")]
    [InlineData("spf", "; spf=pass", "")]
    [InlineData("spf", "spf=pass", "")]
    [InlineData("spf", "\"mx.example.jp\"; spf=pass", "pass")]
    [InlineData("spf", "\uff4dx.example.jp; spf=pass", "")]
    [InlineData("spf", "m\u00adx.example.jp; spf=pass", "")]
    [InlineData("spf", "mx\u3002example.jp; spf=pass", "")]
    [InlineData("spf", "mx.example.jp.; spf=pass", "")]
    [InlineData("spf", "m\rx.example.jp; spf=pass", "")]
    [InlineData("spf", "m\0x.example.jp; spf=pass", "")]
    [InlineData("spf", "m\nx.example.jp; spf=pass", "")]
    [InlineData("spf", "mx.example.jp;\r\n spf=pass", "pass")]
    public void Result_OfOneField(string method, string field, string expected) => Assert.Equal(expected, Read(field).ResultOf(method));

    [Fact]
    public void Result_OfSeveralFields_IsTheTopmostTrustedOne()
    {
        var facts = Read("other.example; spf=pass", "mx.example.jp; spf=softfail", "mx.example.jp; spf=pass; dmarc=pass");

        Assert.Equal(("softfail", "pass"), (facts.ResultOf("spf"), facts.ResultOf("dmarc")));
    }

    /// <summary>What a sender wrote stands below what the checking filter put on top.</summary>
    [Theory]
    [InlineData("mx.example.jp; dkim=fail header.d=bank.example")]
    [InlineData("mx.example.jp; dkim=none")]
    [InlineData("mx.example.jp; dkim=pass header.d=evil.example")]
    public void Signer_OfALowerField_IsNone(string top)
    {
        var facts = Read(top, "mx.example.jp; dkim=pass header.d=bank.example");

        Assert.False(facts.IsSignedBy("bank.example"));
        Assert.Equal(Read(top).ResultOf("dkim"), facts.ResultOf("dkim"));
    }

    [Theory]
    [InlineData("header.d=mail.example.com", "example.com", true)]
    [InlineData("header.d=example.com", "news.example.com", true)]
    [InlineData("header.i=@example.com", "example.com", true)]
    [InlineData("header.i=user@EXAMPLE.com", "example.com", true)]
    [InlineData("header.d=a.co.jp", "b.co.jp", false)]
    [InlineData("header.d=example.com.evil.example", "example.com", false)]
    [InlineData("header.d=example.com", "", false)]
    [InlineData("smtp.mailfrom=example.com", "example.com", false)]
    public void Signer_IsAlignedByItsRegisteredDomain(string property, string domain, bool expected) =>
        Assert.Equal(expected, Read($"mx.example.jp; dkim=pass {property}").IsSignedBy(domain));

    [Fact]
    public void Signer_WhoseSignatureFailed_IsNone() => Assert.False(Read("mx.example.jp; dkim=fail header.d=example.com").IsSignedBy("example.com"));

    [Theory]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("example.com", "example.com")]
    [InlineData("com", "com")]
    [InlineData("a.b.co.jp", "b.co.jp")]
    [InlineData("co.jp", "co.jp")]
    public void RegisteredDomain_IsOneLabelMoreThanTheSuffix(string domain, string expected) => Assert.Equal(expected, PublicSuffixes.RegisteredDomainOf(domain));

    [Fact]
    public void Field_OfAnyText_NeverThrows()
    {
        var pieces = new[] { "mx.example.jp", ";", "spf=pass", " ", "(", ")", "\"", "dkim=", "header.d=", "/1", "=", "\u00ff", "\n ", "none", "@" };
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 25].Sample(parts => Read(string.Concat(parts)).ResultOf("spf"));
    }

    [Fact]
    public void Rule_AsksTrustedServersOnly()
    {
        var scenario = new Scenario(Options(Id), """
            policy: p
            rules:
              - { id: dmarc, phase: eoh, when: "auth_result('dmarc') = 'fail' and not dkim_aligned(header_from_domain)", then: [ reject: '5.7.1 {header_from_domain} does not send from there' ] }
            """);

        Assert.Equal("reject", Send(scenario, "mx.example.jp; dmarc=fail").Outcome);
        Assert.Equal("continue", Send(scenario, "evil.example; dmarc=fail").Outcome);
        Assert.Equal("continue", Send(scenario, "mx.example.jp; dmarc=fail; dkim=pass header.d=bank.example").Outcome);
        Assert.True(scenario.Set.Requirements.Events.HasFlag(Protocol.Negotiation.MilterEvents.Header));
    }

    [Theory]
    [InlineData("auth_result('dmarc') = 'fail'")]
    [InlineData("dkim_aligned('bank.example')")]
    public void Rule_ThatReadsNothingElse_AsksForHeaders(string condition)
    {
        var set = new Scenario(Options(Id), Policy(condition)).Set;

        Assert.True(set.Requirements.Events.HasFlag(Protocol.Negotiation.MilterEvents.Header));
    }

    [Theory]
    [InlineData("auth_result('spf') = 'pass'")]
    [InlineData("dkim_aligned('bank.example')")]
    public void Results_BeforeTheEndOfHeaders_AreNotKnown(string condition) =>
        Assert.Contains(Compiled.Diagnose(Policy(condition, "mail")), d => d.Id == "PM131");

    [Theory]
    [InlineData("auth_result('spff') = 'pass'", "PM")]
    public void Method_ThatIsNone_IsReported(string condition, string id) =>
        Assert.Contains(Compiled.Diagnose(Policy(condition)), d => d.Id.StartsWith(id, StringComparison.Ordinal) && d.Message.Contains("spff", StringComparison.Ordinal));

    [Fact]
    public void Nobody_Trusted_IsWarnedOf() => Assert.Contains(Compiled.Diagnose(Policy("auth_result('spf') = 'pass'")), d => d.Id == "PM276");

    private static Decision Send(Scenario scenario, string field)
    {
        var client = scenario.Connect();
        client.Mail();
        client.Header("Authentication-Results", field);
        client.Header("From", "a@bank.example");
        return client.Eoh();
    }

    private static CompilerOptions Options(string trusted) => new() { Now = Scenario.Start, TrustedAuthServers = [trusted] };

    private static string Policy(string condition, string phase = "eoh") => $"policy: p\nrules:\n  - {{ id: r, phase: {phase}, when: \"{condition}\", then: [ reject ] }}\n";

    private static AuthenticationFacts Read(params string[] fields)
    {
        var headers = new HeaderFacts();
        foreach (var field in fields)
        {
            headers.Add("Authentication-Results", Mother.Bytes(field).Span, WantedHeaders.All, 1_000_000);
        }

        return AuthenticationFacts.Read(headers, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Id });
    }
}
