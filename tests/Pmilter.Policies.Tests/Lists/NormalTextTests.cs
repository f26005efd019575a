using System.Text;
using CsCheck;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.State;
using Pmilter.Policies.Text;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

/// <summary>One name, however it is written: otherwise a ban or a limit is evaded with another spelling.</summary>
public sealed class NormalTextTests
{
    [Theory]
    [InlineData("EXÄMPLE.de", "xn--exmple-cua.de")]
    [InlineData("exa\u0308mple.DE", "xn--exmple-cua.de")]
    [InlineData("EXA\u0308MPLE.de", "xn--exmple-cua.de")]
    [InlineData("XN--EXMPLE-CUA.de", "xn--exmple-cua.de")]
    [InlineData("xn--ExMple-cUa.De.", "xn--exmple-cua.de")]
    [InlineData("ｅｘａｍｐｌｅ．ｄｅ", "example.de")]
    [InlineData("exämple。de｡", "xn--exmple-cua.de")]
    [InlineData("straße.de", "xn--strae-oqa.de")]
    [InlineData("STRAẞE.de", "xn--strae-oqa.de")]
    [InlineData("strasse.de", "strasse.de")]
    [InlineData("βόλος.gr", "xn--nxasmm1c.gr")]
    [InlineData("ΒΌΛΟΣ.gr", "xn--nxasmq6b.gr")]
    [InlineData("न\u094d\u200dष.example", "xn--l2b4a0dw70k.example")]
    [InlineData("xn--a.example", "xn--a.example")]
    [InlineData("xn--\u00e4.example", "xn--\u00e4.example")]
    [InlineData("a_b.example", "a_b.example")]
    [InlineData("[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]")]
    public void Normalize_Domain_IsOneForAllSpellings(string written, string normal) => Assert.Equal(normal, DomainText.Normalize(written));

    [Fact]
    public void Normalize_AnyText_IsStable() =>
        Gen.String[0, 40].Sample(text =>
        {
            var once = DomainText.Normalize(text);
            Assert.Equal(DomainText.Normalize(text), once);
        });

    [Theory]
    [InlineData("a\u0308", "ä")]
    [InlineData("\ud800a\u0308", "\ud800ä")]
    [InlineData("a\u0308\udcffo\u0308", "ä\udcffö")]
    [InlineData("a\u0308\ufffeo\u0308", "ä\ufffeö")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void Compose_WithBytesThatAreNoText_ComposesTheRest(string written, string normal) => Assert.Equal(normal, NormalText.Compose(written));

    [Fact]
    public void Compose_Text_SameAsThePlatform() =>
        Gen.String[0, 40].Where(text => !text.Any(c => char.IsSurrogate(c) || c >= '\ufffe')).Sample(text => Assert.Equal(text.Normalize(NormalizationForm.FormC), NormalText.Compose(text)));

    [Fact]
    public void Parse_AddressInTwoForms_IsOneAddressAndOneKey()
    {
        var composed = EnvelopeAddress.Parse("<jürgen@bücher.example>", out _);
        var apart = EnvelopeAddress.Parse("<ju\u0308rgen@BU\u0308CHER.example>", out _);

        Assert.Equal("jürgen@xn--bcher-kva.example", composed.Text);
        Assert.Equal(composed, apart);
        Assert.Equal(KeyFolding.Fold(composed.Text), KeyFolding.Fold(EnvelopeAddress.Parse("<JU\u0308RGEN@bücher.example>", out _).Text));
    }

    [Theory]
    [InlineData("Gru\u0308ße", "Grüße")]
    [InlineData("=?utf-8?Q?Gru=CC=88=C3=9Fe?=", "Grüße")]
    public void Read_Header_IsComposed(string raw, string read) => Assert.Equal(read, HeaderText.Read(raw));

    [Fact]
    public void First_MailboxWithAName_IsComposed()
    {
        var mailbox = Mailbox.First("\"Ju\u0308rgen\" <ju\u0308rgen@bu\u0308cher.example>");

        Assert.Equal(("Jürgen", "jürgen@xn--bcher-kva.example"), (mailbox.Name, mailbox.Address));
    }
}
