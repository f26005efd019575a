using System.Text;
using CsCheck;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Mail.Bodies;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Changes;

public sealed class BodyEditTests
{
    private const string Alternative =
        "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Own: kept\r\n\r\ngr=FCn\r\n"
        + "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<html><body class=\"a>b\"><p>x</p></body></html>\r\n--b--\r\n";

    [Theory]
    [InlineData("hello\r\n", "hello\r\n-- note\r\n")]
    [InlineData("hello", "hello\r\n-- note\r\n")]
    [InlineData("", "-- note\r\n")]
    public void Footer_OfPlainText_StandsBelow(string body, string expected)
    {
        var edited = Edit(null, null, body, Footer("-- note"));

        Assert.Equal((expected, 0), (Text(edited), edited.Headers.Count));
    }

    [Fact]
    public void Banner_OfPlainText_StandsAbove() =>
        Assert.Equal("[external]\r\nhello\r\n", Text(Edit("text/plain; charset=utf-8", "8bit", "hello\r\n", new AddToBody(RuleReference.Server, BodyEnd.Top, "[external]", null))));

    [Fact]
    public void Footer_BeyondAscii_MakesAsciiTextUtf8AndQuotedPrintable()
    {
        var edited = Edit(null, null, "hello\r\n", Footer("grün"));

        Assert.Equal("hello\r\ngr=C3=BCn\r\n", Text(edited));
        Assert.Equal(
            [new AddHeader("Content-Type", "text/plain; charset=utf-8"), new AddHeader("Content-Transfer-Encoding", "quoted-printable"), new AddHeader("MIME-Version", "1.0")],
            edited.Headers);
    }

    [Fact]
    public void Footer_InTheTextsCharset_KeepsIt()
    {
        var edited = Edit("text/plain; charset=iso-8859-1", "8bit", "\u00fc\r\n", Footer("grün"), Encoding.Latin1);

        Assert.Equal("\u00fc\r\ngr\u00fcn\r\n", Encoding.Latin1.GetString(edited.Bytes.Span));
        Assert.Empty(edited.Headers);
    }

    [Fact]
    public void Footer_NotInTheTextsCharset_WritesTheTextAnewInUtf8()
    {
        var edited = Edit("text/plain; format=flowed; charset=iso-8859-1", "8bit", "\u00fc\r\n", Footer("日本"), Encoding.Latin1);

        Assert.Equal("ü\r\n日本\r\n", Text(edited));
        Assert.Equal([new ChangeHeader("Content-Type", 1, "text/plain; format=flowed; charset=utf-8"), new AddHeader("MIME-Version", "1.0")], edited.Headers);
    }

    [Fact]
    public void Footer_OfBase64Text_IsInsideIt()
    {
        var edited = Edit("text/plain; charset=utf-8", "base64", Convert.ToBase64String("こんにちは\r\n"u8) + "\r\n", Footer("署名"));

        Assert.Equal("こんにちは\r\n署名\r\n", Encoding.UTF8.GetString(Convert.FromBase64String(Text(edited).Trim())));
    }

    [Fact]
    public void Footer_OfIso2022Jp_EndsInAscii()
    {
        var jis = CodePagesEncodingProvider.Instance.GetEncoding("iso-2022-jp")!;
        var edited = Edit("text/plain; charset=iso-2022-jp", "7bit", "日本\r\n", Footer("署名"), jis);

        Assert.Equal("日本\r\n署名\r\n", jis.GetString(edited.Bytes.Span));
        Assert.Empty(edited.Headers);
    }

    [Fact]
    public void Alternative_GetsItInEachText_OtherBytesStay()
    {
        var edited = Edit("multipart/alternative; boundary=b", null, Alternative, Footer("a < b"));

        Assert.Equal(
            "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Own: kept\r\n\r\ngr=FCn\r\na < b\r\n\r\n"
            + "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<html><body class=\"a>b\"><p>x</p><p>a &lt; b</p>\r\n</body></html>\r\n--b--\r\n",
            Text(edited));
    }

    [Fact]
    public void Html_Banner_StandsBehindTheBodyTag_InAscii()
    {
        var edited = Edit("text/html; charset=utf-8", null, "<!-- <body> --><BODY bgcolor='>'>x", new AddToBody(RuleReference.Server, BodyEnd.Top, "t", "<b>grün 😀</b>"));

        Assert.Equal("<!-- <body> --><BODY bgcolor='>'><b>gr&#252;n &#128512;</b>\r\nx", Text(edited));
    }

    [Fact]
    public void Mixed_TouchesTheFirstTextOnly()
    {
        const string body = "--m\r\n\r\nhello\r\n--m\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nfile\r\n--m--\r\n";
        var edited = Edit("multipart/mixed; boundary=m", null, body, Footer("note"));

        Assert.Equal(body.Replace("hello\r\n", "hello\r\nnote\r\n\r\n", StringComparison.Ordinal), Text(edited));
    }

    [Fact]
    public void Part_WhoseHeadChanges_KeepsItsOtherFields()
    {
        const string body = "--m\r\nX-One: a\r\n folded\r\nContent-Type: text/plain;\r\n charset=us-ascii\r\nX-Two: b\r\n\r\nhello\r\n--m--\r\n";
        var text = Text(Edit("multipart/mixed; boundary=m", null, body, Footer("grün")));

        Assert.Contains("--m\r\nX-One: a\r\n folded\r\nX-Two: b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhello\r\ngr=C3=BCn\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multipart/signed; boundary=b", null, "--b\r\n\r\nx\r\n--b--\r\n", "it is signed")]
    [InlineData("multipart/encrypted; boundary=b", null, "--b\r\n\r\nx\r\n--b--\r\n", "it is encrypted")]
    [InlineData("application/pkcs7-mime", "base64", "AAAA\r\n", "it is signed or encrypted")]
    [InlineData("text/plain", null, "-----BEGIN PGP SIGNED MESSAGE-----\r\n", "its text is signed or encrypted")]
    [InlineData("image/png", "base64", "AAAA\r\n", "it has no text that people read")]
    [InlineData("text/plain; charset=no-such", null, "x\r\n", "a text part is not written in the charset that it names")]
    [InlineData("text/plain", "x-own", "x\r\n", "a text part has an encoding of its own")]
    public void Mail_ThatMustStayAsItIs_IsLeftAlone(string type, string? encoding, string body, string why) =>
        Assert.Equal(why, Edit(type, encoding, body, Footer("note")).WhyNot);

    [Fact]
    public void Edit_OfAnyBytes_NeverThrowsAndKeepsThem()
    {
        var types = new[] { "text/plain", "multipart/mixed; boundary=b", "multipart/alternative; boundary=b", "text/html; charset=utf-8", "message/rfc822" };
        var bits = new[] { "\r\n", "--b", "--b--", "Content-Type: text/plain", "\r\n\r\n", "=FC", "\u00ff", "<body>", ": " };
        Gen.Select(Gen.Int[0, types.Length - 1].Select(i => types[i]), Gen.Int[0, bits.Length - 1].Select(i => bits[i]).Array[0, 20]).Sample((type, pieces) =>
        {
            var body = string.Concat(pieces);
            var edited = Edit(type, null, body, Footer("note"), Encoding.Latin1);
            if (edited.WhyNot is null)
            {
                var text = Text(edited, Encoding.Latin1);
                Assert.Contains("note", text, StringComparison.Ordinal);
                Assert.Equal(WithoutBreaks(body), WithoutBreaks(text.Replace("<p>note</p>", string.Empty, StringComparison.Ordinal).Replace("note", string.Empty, StringComparison.Ordinal)));
            }
        });
    }

    [Fact]
    public void Engine_WithAFooter_ReplacesTheBodyOnce()
    {
        var scenario = new Scenario("""
            policy: p
            rules:
              - id: note
                phase: eom
                when: authenticated
                then:
                  - add_footer: { text: 'From {mail_from}', html: '<p>{mail_from}</p>' }
                  - add_banner: 'Top'
            """);
        var client = scenario.Connect(login: "alice");
        client.Mail("a<b@x.example");
        client.Header("Content-Type", "text/html");
        client.Body("<p>one");
        client.Body("</p>\r\n");

        var replaced = Assert.IsType<ReplaceBody>(Assert.Single(client.Eom().Modifications));

        Assert.Equal("<p>Top</p>\r\n<p>one</p>\r\n<p>a&lt;b@x.example</p>\r\n", Encoding.UTF8.GetString(replaced.Body.Span));
    }

    [Fact]
    public void Engine_BodyBeyondTheLimit_IsLeftAloneAndTold()
    {
        var scenario = new Scenario("""
            policy: p
            rules:
              - { id: note, phase: mail, then: [ { add_footer: 'note' } ] }
            """)
        { Engine = new EngineOptions { RewriteLimitBytes = 8 } };
        var client = scenario.Connect();
        client.Mail();
        client.Body("12345678");
        client.Body("9");

        var decision = client.Eom();

        Assert.Empty(decision.Modifications);
        Assert.Equal(("note", "No text was added: the body is larger than content.rewrite_limit."), (decision.Logs[0].Rule.Id, decision.Logs[0].Text));
    }

    [Fact]
    public void Engine_FooterAfterReplaceBody_BelongsToTheNewOne()
    {
        var scenario = new Scenario("""
            policy: p
            rules:
              - id: note
                phase: eom
                then:
                  - add_footer: 'gone'
                  - replace_body: 'new'
                  - add_footer: 'note'
            """);
        var client = scenario.Connect();
        client.Mail();
        client.Body("old\r\n");

        Assert.Equal("new\r\nnote\r\n", Encoding.UTF8.GetString(Assert.IsType<ReplaceBody>(Assert.Single(client.Eom().Modifications)).Body.Span));
    }

    private static string WithoutBreaks(string text) => text.Replace("\r\n", string.Empty, StringComparison.Ordinal);

    private static AddToBody Footer(string text) => new(RuleReference.Server, BodyEnd.Bottom, text, null);

    private static EditedBody Edit(string? type, string? encoding, string body, AddToBody addition, Encoding? charset = null) =>
        BodyEdit.Apply(new BodyHeaders(type, encoding, null), (charset ?? Encoding.UTF8).GetBytes(body), [addition]);

    private static string Text(EditedBody edited, Encoding? charset = null) => (charset ?? Encoding.UTF8).GetString(edited.Bytes.Span);
}
