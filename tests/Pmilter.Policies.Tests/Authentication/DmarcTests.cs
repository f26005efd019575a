using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Authentication.Dmarc;
using Pmilter.Policies.Authentication.Spf;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>Records, organisational domains and alignment (RFC 7489).</summary>
public sealed class DmarcTests
{
    [Theory]
    [InlineData("v=DMARC1; p=none", "none", "none", false, false)]
    [InlineData("v=DMARC1;p=reject;sp=quarantine;adkim=s;aspf=s;pct=50", "reject", "quarantine", true, true)]
    [InlineData(" v = DMARC1 ; p = Reject ; rua=mailto:a@example.com ;", "reject", "reject", false, false)]
    [InlineData("v=DMARC1; p=typo; rua=mailto:a@example.com", "none", "none", false, false)]
    [InlineData("v=DMARC1; p=reject; sp=typo", "reject", "reject", false, false)]
    public void Record_OfTheGrammar_IsRead(string text, string policy, string below, bool isDkimStrict, bool isSpfStrict) =>
        Assert.Equal(new DmarcRecord(policy, below, isDkimStrict, isSpfStrict), DmarcRecord.Read(text));

    [Theory]
    [InlineData("v=DMARC1")]
    [InlineData("v=DMARC1; p=typo")]
    [InlineData("v=dmarc1; p=reject")]
    [InlineData("v=DMARC2; p=reject")]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=spf1 -all")]
    [InlineData("v=DMARC1; p=reject; p=none")]
    [InlineData("")]
    public void Record_ThatIsNone_IsNotRead(string text) => Assert.Null(DmarcRecord.Read(text));

    /// <summary>From, SPF's word and domain, DKIM's word and domain, records by domain, result, policy.</summary>
    [Theory]
    [InlineData("example.com", "pass example.com", "", "example.com v=DMARC1; p=reject", "pass", "reject")]
    [InlineData("example.com", "pass mail.example.com", "", "example.com v=DMARC1; p=reject", "pass", "reject")]
    [InlineData("example.com", "pass mail.example.com", "", "example.com v=DMARC1; p=reject; aspf=s", "fail", "reject")]
    [InlineData("example.com", "fail example.com", "pass mail.example.com", "example.com v=DMARC1; p=reject", "pass", "reject")]
    [InlineData("example.com", "fail example.com", "pass mail.example.com", "example.com v=DMARC1; p=reject; adkim=s", "fail", "reject")]
    [InlineData("example.com", "pass evil.example", "pass evil.example", "example.com v=DMARC1; p=reject", "fail", "reject")]
    [InlineData("example.com", "softfail example.com", "fail example.com", "example.com v=DMARC1; p=none", "fail", "none")]
    [InlineData("news.example.com", "pass example.com", "", "example.com v=DMARC1; p=reject; sp=quarantine", "pass", "quarantine")]
    [InlineData("news.example.com", "fail example.com", "", "news.example.com v=DMARC1; p=none | example.com v=DMARC1; p=reject", "fail", "none")]
    [InlineData("a.b.example.com", "none ", "", "b.example.com v=DMARC1; p=reject", "none", "")]
    [InlineData("a.example.co.jp", "pass b.example.co.jp", "", "example.co.jp v=DMARC1; p=reject", "pass", "reject")]
    [InlineData("a.co.jp", "pass b.co.jp", "", "a.co.jp v=DMARC1; p=reject", "fail", "reject")]
    [InlineData("example.com", "pass example.com", "", "", "none", "")]
    [InlineData("example.com", "pass example.com", "", "example.com v=DMARC1; p=reject & v=DMARC1; p=none", "none", "")]
    [InlineData("example.com", "pass example.com", "", "example.com some text & v=DMARC1; p=none", "pass", "none")]
    [InlineData("example.com", "fail example.com", "", "example.com !", "temperror", "")]
    [InlineData("news.example.com", "fail example.com", "", "example.com !", "temperror", "")]
    [InlineData("example.com", "temperror example.com", "", "example.com v=DMARC1; p=reject", "temperror", "reject")]
    [InlineData("example.com", "temperror evil.example", "", "example.com v=DMARC1; p=reject", "fail", "reject")]
    [InlineData("example.com", "fail example.com", "temperror example.com", "example.com v=DMARC1; p=reject", "temperror", "reject")]
    [InlineData("example.com", "fail example.com", "temperror evil.example", "example.com v=DMARC1; p=reject", "fail", "reject")]
    [InlineData("example.com", "permerror example.com", "", "example.com v=DMARC1; p=reject", "fail", "reject")]
    [InlineData("example.com other.example", "pass example.com", "", "example.com v=DMARC1; p=reject", "permerror", "")]
    [InlineData("", "pass example.com", "", "", "permerror", "")]
    [InlineData("[192.0.2.1]", "pass example.com", "", "", "permerror", "")]
    public async Task Message_IsAligned(string from, string spf, string dkim, string records, string word, string policy)
    {
        var names = new ScriptedNames();
        foreach (var record in records.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var space = record.IndexOf(' ', StringComparison.Ordinal);
            names[$"_dmarc.{record[..space]}", NameRecordKind.Txt] = record[(space + 1)..] == "!" ? null : record[(space + 1)..].Split(" & ");
        }

        var said = spf.Split(' ');
        DkimOutcome[] signatures = dkim.Length == 0 ? [] : [new DkimOutcome(dkim.Split(' ')[0], string.Empty, Signature(dkim.Split(' ')[1]))];

        var outcome = await DmarcCheck.RunAsync(names, from.Split(' ', StringSplitOptions.RemoveEmptyEntries), new SpfOutcome(Enum.Parse<SpfWord>(said[0], ignoreCase: true)), said[1], signatures, CancellationToken.None);

        Assert.Equal((word, policy), (outcome.Word, outcome.Policy));
    }

    private static DkimSignature Signature(string domain) =>
        DkimSignature.Read($"v=1; a=rsa-sha256; d={domain}; s=sel; h=From; bh=AAAA; b=AAAA", out _) ?? throw new InvalidOperationException(domain);
}
