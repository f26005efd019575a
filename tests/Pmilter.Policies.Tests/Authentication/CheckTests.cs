using MimeKit.Cryptography;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>Our own check from MAIL to the field that it writes.</summary>
public sealed class CheckTests
{
    private const string NoRules = "policy: p\nrules: []\n";

    private readonly ScriptedNames _names = new()
    {
        ["example.com", NameRecordKind.Txt] = ["v=spf1 ip4:203.0.113.9 -all"],
        ["_dmarc.example.com", NameRecordKind.Txt] = ["v=DMARC1; p=reject"],
        ["sel._domainkey.example.com", NameRecordKind.Txt] = [Signer.Record],
    };

    [Fact]
    public void Message_ThatIsChecked_GetsAField()
    {
        var field = FieldOf(Send(NoRules, Signer.Sign(Message(), DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Simple)));

        var signature = field.IndexOf("header.b=", StringComparison.Ordinal);
        Assert.Equal("mx.example.jp;\n\tspf=pass smtp.mailfrom=example.com;\n\tdkim=pass header.d=example.com header.s=sel ", field[..signature]);
        Assert.EndsWith(";\n\tdmarc=pass (p=reject) header.from=example.com", field, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("203.0.113.9", "a@example.com", "example.com", "spf=pass smtp.mailfrom=example.com;dkim=none;dmarc=pass (p=reject) header.from=example.com")]
    [InlineData("203.0.113.10", "a@example.com", "example.com", "spf=fail smtp.mailfrom=example.com;dkim=none;dmarc=fail (p=reject) header.from=example.com")]
    [InlineData("203.0.113.9", "a@other.example", "example.com", "spf=none smtp.mailfrom=other.example;dkim=none;dmarc=fail (p=reject) header.from=example.com")]
    [InlineData("203.0.113.9", "", "example.com", "spf=none smtp.helo=mail.spam.example;dkim=none;dmarc=fail (p=reject) header.from=example.com")]
    [InlineData("203.0.113.9", "a@example.com", "other.example", "spf=pass smtp.mailfrom=example.com;dkim=none;dmarc=none header.from=other.example")]
    [InlineData("203.0.113.9", "a@silent.example", "silent.example", "spf=temperror smtp.mailfrom=silent.example;dkim=none;dmarc=temperror (no policy now) header.from=silent.example")]
    public void Field_SaysWhatWasFound(string ip, string sender, string from, string expected)
    {
        _names["silent.example", NameRecordKind.Txt] = null;
        _names["_dmarc.silent.example", NameRecordKind.Txt] = null;

        Assert.Equal($"mx.example.jp;{expected}", FieldOf(Send(NoRules, Message(from), ip, sender)).Replace("\n\t", string.Empty, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auth_result('spf') = 'fail'", "rcpt")]
    [InlineData("auth_result('SPF') = 'fail'", "mail")]
    [InlineData("auth_result('dkim') = 'none'", "eom")]
    [InlineData("auth_result('dmarc') = 'fail' and dmarc_policy = 'reject'", "eom")]
    [InlineData("not dkim_aligned(header_from_domain)", "eom")]
    public void Rule_ReadsOurOwnResult(string condition, string phase) =>
        Assert.Equal("reject", Send(Rule(condition, phase), Message(), ip: "203.0.113.10").Outcome);

    [Fact]
    public void Rule_IsNotFooledByFields()
    {
        var forged = "Authentication-Results: mx.example.jp; dmarc=pass; dkim=pass header.d=example.com\r\n" + Message();

        Assert.Equal("reject", Send(Rule("auth_result('dmarc') = 'fail' and not dkim_aligned('example.com')", "eom"), forged, ip: "203.0.113.10").Outcome);
    }

    [Fact]
    public void Fields_UnderOurName_AreRemovedAndOthersStay()
    {
        string[] fields = ["mx.example.jp; dmarc=pass", "other.example; dmarc=pass", "MX.example.jp 1; spf=pass", "mx.example.jp (what)", "(a comment) mx.example.jp; spf=pass", "\"mx.example.jp\"; spf=pass", "mx.example.jp/1; spf=pass; =", "mx.example.jp.evil.example; spf=pass"];

        var changes = Send(NoRules, string.Concat(fields.Select(field => $"Authentication-Results: {field}\r\n")) + Message()).Modifications;

        Assert.Equal([7, 6, 5, 4, 3, 1], changes.OfType<DeleteHeader>().Select(delete => delete.Index));
        Assert.Single(changes.OfType<InsertHeader>());
    }

    [Fact]
    public void Fields_ThatCannotBeRead_AreRemoved()
    {
        var forged = $"X-Long: {new string('x', 1_000_001)}\r\nAuthentication-Results: mx.example.jp; dmarc=pass\r\n" + Message();

        var decision = Send(NoRules, forged);

        Assert.Equal(1, Assert.Single(decision.Modifications.OfType<DeleteHeader>()).Index);
        Assert.Contains("dkim=neutral (the header is longer than content.headers_limit)", FieldOf(decision), StringComparison.Ordinal);
    }

    /// <summary>A skip that was told to the MTA would leave the rest of the body out of the hash.</summary>
    [Fact]
    public void Skip_IsNotToldToTheMta()
    {
        var policy = "policy: p\nrules:\n  - { id: r, phase: body, when: \"body_offset > 0\", then: [ skip ] }\n";

        Assert.False(new Scenario(Options(), policy).Set.Requirements.Replies.HasFlag(MilterEvents.Body));
        Assert.True(new Scenario(policy).Set.Requirements.Replies.HasFlag(MilterEvents.Body));
    }

    [Fact]
    public void Fields_UnderOurName_StayWhereItIsTrusted()
    {
        var options = Options() with { TrustedAuthServers = ["MX.example.jp"], Authentication = new AuthenticationOptions("mx.example.jp", ["MX.example.jp"]) };

        Assert.Empty(Send(NoRules, "Authentication-Results: mx.example.jp; arc=pass\r\n" + Message(), options: options).Modifications.OfType<DeleteHeader>());
        Assert.Equal("reject", Send(Rule("auth_result('arc') = 'pass' and auth_result('spf') = 'pass'", "eom"), "Authentication-Results: mx.example.jp; arc=pass; spf=fail\r\n" + Message(), options: options).Outcome);
    }

    [Theory]
    [InlineData("10.1.2.3", "")]
    [InlineData("127.0.0.1", "")]
    [InlineData("203.0.113.10", "joe")]
    public void Message_OfOurOwn_IsNotChecked(string ip, string login)
    {
        var decision = Send(Rule("auth_result('spf') <> '' or auth_result('dmarc') <> '' or dmarc_policy <> ''", "eom"), Message(), ip, login: login);

        Assert.Equal("continue", decision.Outcome);
        Assert.Empty(decision.Modifications);
        Assert.Empty(_names.Asked);
    }

    /// <summary>After a content filter the message comes again, from this machine, with the field of the first time.</summary>
    [Theory]
    [InlineData("127.0.0.1", "", 0)]
    [InlineData("203.0.113.10", "joe", 1)]
    public void Message_OfOurOwn_LosesAForgedFieldOnlyFromUsers(string ip, string login, int removed) =>
        Assert.Equal(removed, Send(NoRules, "Authentication-Results: mx.example.jp; dmarc=pass\r\n" + Message(), ip, login: login).Modifications.Count);

    [Fact]
    public void Message_ThatIsRefused_IsNotAskedAbout()
    {
        Send(Rule("client_ip = '203.0.113.9'", "rcpt"), Message());

        Assert.Empty(_names.Asked);
    }

    [Fact]
    public void Questions_AreAskedOnce()
    {
        Send(Rule("auth_result('spf') = 'fail' or auth_result('dmarc') = 'fail' or auth_result('dkim') = 'fail'", "eom"), Message());

        Assert.Equal(["TXT EXAMPLE.COM", "TXT _DMARC.EXAMPLE.COM"], _names.Asked.Select(asked => asked.ToUpperInvariant()));
    }

    [Fact]
    public void Alignment_WhoseKeyCannotBeHad_HasFailed()
    {
        _names["sel._domainkey.example.com", NameRecordKind.Txt] = null;
        var signed = Signer.Sign(Message(), DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed);

        var decision = Send(Rule("not dkim_aligned('example.com')", "eom"), signed, ip: "203.0.113.10");

        Assert.Equal("continue", decision.Outcome);
        Assert.Contains("dkim=temperror (no key now)", FieldOf(decision), StringComparison.Ordinal);
        Assert.Contains("dmarc=temperror", FieldOf(decision), StringComparison.Ordinal);
    }

    [Fact]
    public void Requirements_OfTheCheck_AreAskedOfTheMta()
    {
        var needs = new Scenario(Options(), NoRules).Set.Requirements;

        Assert.Equal(MilterActions.AddHeaders | MilterActions.ChangeHeaders, needs.Actions);
        Assert.True(needs.Events.HasFlag(MilterEvents.Connect | MilterEvents.Helo | MilterEvents.Mail | MilterEvents.Header | MilterEvents.Body));
        Assert.True(needs.LeadingSpace);
        Assert.Equal(MilterEvents.None, new Scenario(NoRules).Set.Requirements.Events);
    }

    [Theory]
    [InlineData("auth_result('dkim') = 'pass'", "eoh", "PM131")]
    [InlineData("auth_result('dmarc') = 'pass'", "rcpt", "PM131")]
    [InlineData("auth_result('spf') = 'pass'", "helo", "PM131")]
    [InlineData("dkim_aligned('example.com')", "eoh", "PM131")]
    [InlineData("dmarc_policy = 'reject'", "eoh", "PM131")]
    [InlineData("auth_result('arc') = 'pass'", "eom", "PM276")]
    public void Condition_ThatKnowsNothing_IsAnError(string condition, string phase, string id) =>
        Assert.Contains(Compiled.Diagnose(Options(), Rule(condition, phase)), d => d.Id == id);

    [Fact]
    public void Policy_WithoutTheCheck_IsAnError() => Assert.Contains(Compiled.Diagnose(Rule("dmarc_policy = 'reject'", "eom")), d => d.Id == "PM278");

    private static CompilerOptions Options() => new() { Now = Scenario.Start, Authentication = new AuthenticationOptions("mx.example.jp", []) };

    private static string Rule(string condition, string phase) => $"policy: p\nrules:\n  - {{ id: r, phase: {phase}, when: \"{condition}\", then: [ reject ] }}\n";

    private static string Message(string from = "example.com") => $"From: Joe <joe@{from}>\r\nTo: bob@example.jp\r\nSubject: hello\r\n\r\ntext \r\n";

    private static string FieldOf(Decision decision)
    {
        var field = Assert.Single(decision.Modifications.OfType<InsertHeader>());
        Assert.Equal((0, "Authentication-Results"), (field.Index, field.Name));
        return field.Value;
    }

    private Decision Send(string policy, string message, string ip = "203.0.113.9", string sender = "a@example.com", string login = "", CompilerOptions? options = null)
    {
        var scenario = new Scenario(options ?? Options(), policy) { Engine = new EngineOptions { Names = _names } };
        var client = scenario.Connect(ip, login: login);
        var (fields, body) = Checked.Split(message);
        Func<Decision>[] events =
        [
            () => client.Helo(), () => client.Mail(sender), () => client.Rcpt("bob@example.jp"), client.Data,
            .. fields.Select(field => (Func<Decision>)(() => client.Header(field.Name, field.Value.TrimStart(' ').Replace("\r\n", "\n", StringComparison.Ordinal)))),
            client.Eoh, () => client.Body(body),
        ];
        foreach (var next in events)
        {
            if (next() is { Verdict.Kind: not VerdictKind.Continue } decision)
            {
                return decision;
            }
        }

        return client.Eom();
    }
}
