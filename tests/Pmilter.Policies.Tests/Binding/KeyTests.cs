using System.Text;
using CsCheck;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

public sealed class KeyTests
{
    [Theory]
    [InlineData("header_from", "header.From=A <A@B.Example>", "a@b.example", false)]
    [InlineData("mail_from", "mail_from=<>", "<>", false)]
    [InlineData("mail_from_base", "mail_from=<>", "<>", false)]
    [InlineData("sasl_login", "", "", true)]
    [InlineData("client_country", "country=ZZ", "zz", true)]
    [InlineData("client_country", "country=RU", "ru", false)]
    [InlineData("client_asn", "asn=0", "0", true)]
    [InlineData("declared_size", "", "0", false)]
    [InlineData("client_ip", "client_ip=unknown", "", true)]
    [InlineData("client_ip", "client_ip=IPv6:2001:DB8::1", "2001:db8::1", false)]
    [InlineData("net(client_ip, 24, 64)", "", "203.0.113.0/24", false)]
    [InlineData("tls", "", "false", false)]
    public void Append_Part_FoldsAndTellsUnknown(string expression, string facts, string expected, bool isUnknown)
    {
        var key = new StringBuilder();

        var status = Bound.Key(expression).Append(Mother.Context(StoryReader.Read(facts)), key, out var unknown);

        Assert.Equal((EvaluationStatus.Known, expected, isUnknown), (status, key.ToString(), unknown));
    }

    [Fact]
    public void Fold_TwoTexts_AreOneExactlyWhenConditionsCallThemEqual() =>
        Gen.Select(Gen.String[Gen.Char["aAkKsSiI\u212A\u017F\u0130\u0131éÉ\uD801\uDC00\uDC28ß"], 0, 3], Gen.String[Gen.Char["aAkKsSiI\u212A\u017F\u0130\u0131éÉ\uD801\uDC00\uDC28ß"], 0, 3])
            .Sample((a, b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase) == (Fold(a) == Fold(b)));

    [Fact]
    public void BindKey_RecipientAtEoh_TellsThatItRunsForEach()
    {
        var key = Bound.Key("rcpt_to", Phase.Eoh);

        Assert.True(key.Usage.ReadsRecipient);
    }

    private static string Fold(string text)
    {
        var key = new StringBuilder();
        KeyFolding.Append(text, key);
        return key.ToString();
    }
}
