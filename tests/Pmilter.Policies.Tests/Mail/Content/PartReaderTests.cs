using System.Text;
using Pmilter.Policies.Mail.Content;
using Xunit;

namespace Pmilter.Policies.Tests.Mail.Content;

public sealed class PartReaderTests
{
    public static TheoryData<string, string, string> Shapes { get; } = new()
    {
        { "one text", "Subject: x\n\nhello\n", "0 text/plain\n" },
        { "nothing", "Subject: x\n\n", "0 text/plain\n" },
        { "one file", "Content-Type: application/octet-stream; name=a.exe\n\nMZ\n", "0 application/octet-stream [a.exe] +\n" },
        { "folded header", "Content-Type: application/octet-stream;\n\tname=\"a b.exe\"\n\nMZ\n", "0 application/octet-stream [a b.exe] +\n" },
        { "text and file", Mime.Multipart("\nhello\n", "Content-Type: application/pdf\nContent-Disposition: attachment; filename=r.pdf\n\nx"), "1 text/plain\n1 application/pdf [r.pdf] +\n" },
        { "names that differ", Mime.Multipart("Content-Type: image/png; name=evil.exe\nContent-Disposition: inline; filename=good.png\n\nx"), "1 image/png [good.png|evil.exe] +\n" },
        { "name twice", Mime.Multipart("Content-Disposition: attachment; filename=good.txt; filename=evil.exe\n\nx"), "1 text/plain [good.txt|evil.exe] +\n" },
        { "RFC 2231", Mime.Multipart("Content-Disposition: attachment; filename*=utf-8''%E8%AB%8B%E6%B1%82.exe\n\nx"), "1 text/plain [請求.exe] +\n" },
        { "RFC 2231 in pieces", Mime.Multipart("Content-Disposition: attachment; filename*0=\"inv\"; filename*1=\"oice.e\"; filename*2=xe\n\nx"), "1 text/plain [invoice.exe] +\n" },
        { "encoded word", Mime.Multipart("Content-Disposition: attachment; filename=\"=?utf-8?B?6KuL5rGCLmV4ZQ==?=\"\n\nx"), "1 text/plain [請求.exe] +\n" },
        { "ISO-2022-JP word", Mime.Multipart("Content-Disposition: attachment; filename=\"=?ISO-2022-JP?B?GyRCQEE1YRsoQi5leGU=?=\"\n\nx"), "1 text/plain [請求.exe] +\n" },
        { "trailing dots and spaces", Mime.Multipart("Content-Disposition: attachment; filename=\"a.exe. .\"\n\nx"), "1 text/plain [a.exe|a.exe. .] +\n" },
        { "behind something malformed", Mime.Multipart("Content-Disposition: attachment; ;;=?; (; filename=evil.exe\n\nx"), "1 text/plain [evil.exe] +\n" },
        { "no disposition but a name", Mime.Multipart("Content-Disposition: ; filename=evil.exe\n\nx"), "1 text/plain [evil.exe] +\n" },
        { "nested multiparts", Mime.Multipart("Content-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\nContent-Type: text/html\n\n<p>x\n--c--\n"), "2 text/plain\n2 text/html\n" },
        { "a message within", Mime.Multipart("Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: application/x-msdownload; name=in.exe\n\nMZ"), "1 message/rfc822\n2 application/x-msdownload [in.exe] +\n" },
        { "a message within, encoded", Mime.Multipart(Mime.File("Content-Type: message/rfc822", Encoding.ASCII.GetBytes("Content-Type: application/x-msdownload; name=in.exe\r\n\r\nMZ\r\n"))), "1 message/rfc822\n2 application/x-msdownload [in.exe] +\n" },
        { "no end boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n", "1 text/plain [a.exe] +\n" },
        { "no boundary parameter", "Content-Type: multipart/mixed\n\n--b\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n--b--\n", "until Malformed\n" },
        { "a part without a header", Mime.Multipart("\nhello", "\nagain"), "1 text/plain\n1 text/plain\n" },
        { "garbage as header", Mime.Multipart("this is no header\nContent-Disposition: attachment; filename=first.exe\n\nx", "Content-Disposition: attachment; filename=a.exe\n\nMZ"), "1 text/plain [first.exe] +\n1 text/plain [a.exe] +\n" },
        { "another boundary than it says", "Content-Type: multipart/mixed; boundary=c\n\n--b\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n--b--\n", "until Malformed\n" },
        { "preamble and epilogue", "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\nhello\n--b--\nepilogue\n", "1 text/plain\n" },
        { "zip", Mime.Multipart(Mime.File("Content-Type: application/zip; name=docs.zip", Mime.Zip("readme.txt", "run/setup.EXE"))), "1 application/zip [docs.zip] (readme.txt|run/setup.EXE) +\n" },
        { "zip without a hint", Mime.Multipart(Mime.File("Content-Type: text/plain", Mime.Zip("setup.exe"))), "1 text/plain (setup.exe)\n" },
        { "quoted-printable file", Mime.Multipart("Content-Type: application/hta\nContent-Transfer-Encoding: quoted-printable\n\n=3Chta=3E"), "1 application/hta +\n" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Read_ManyShapes_ShowsTheirParts(string shape, string message, string expected)
    {
        _ = shape;
        Assert.Equal(expected, Mime.Show(Mime.Read(message)));
    }

    [Theory]
    [InlineData("Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$BEv\x41*\x1b(B!\n", "当選!\n")]
    [InlineData("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n5b2T6YG4\n", "当選")]
    [InlineData("Content-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: quoted-printable\n\n=93=96=91I=\n", "当選")]
    [InlineData("Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nU194kA==\n", "当選")]
    [InlineData("Content-Type: text/plain; charset=no-such\n\nhello\n", "hello\n")]
    [InlineData("Content-Type: text/plain; charset=utf-7\n\nhello\n", "hello\n")]
    public void Text_OfCharsets_IsDecoded(string message, string expected) => Assert.Equal(expected, Mime.Read(message).Parts[0].Text);

    [Theory]
    [InlineData("<p>lot<b></b>tery</p><p>now</p>", "lottery\nnow\n")]
    [InlineData("a<style>b{}</style><script>c()</script><!-- d -->e &amp; f", "ae & f")]
    [InlineData("one<br>two<td>three\n   four", "one\ntwo\nthree four")]
    public void ShownText_OfHtml_IsWhatAReaderSees(string html, string expected) => Assert.Equal(expected, HtmlText.Read(html));

    [Fact]
    public void Size_OfAPart_IsDecoded() =>
        Assert.Equal(1000, Mime.Read(Mime.Multipart(Mime.File("Content-Type: application/pdf", new byte[1000]))).Parts[0].Size);

    [Fact]
    public void Entries_OfAnEncryptedArchive_AreSeen()
    {
        var zip = Mime.Zip("secret.exe");
        zip[6] |= 1;
        var part = Mime.Read(Mime.Multipart(Mime.File("Content-Type: application/zip", zip))).Parts[0];
        Assert.True(part.IsEncrypted);
        Assert.True(part.HasExtension("exe"));
    }

    [Theory]
    [InlineData("a.exe", "exe", true)]
    [InlineData("A.EXE", "exe", true)]
    [InlineData("aexe", "exe", false)]
    [InlineData(".exe", "exe", true)]
    [InlineData("a.exe.pdf", "exe", false)]
    [InlineData("a.tar.gz", "tar.gz", true)]
    [InlineData("dir/a.exe", "exe", true)]
    [InlineData("exe", "exe", false)]
    public void HasExtension_OfNames_LooksAtTheEnd(string name, string extension, bool expected) => Assert.Equal(expected, FileName.HasExtension(name, extension));

    [Theory]
    [InlineData("a.exe...", "a.exe")]
    [InlineData("a.exe \u00a0.", "a.exe")]
    [InlineData("invoice\u202efdp.exe\u200f", "invoicefdp.exe")]
    [InlineData("a.e\u200bxe\0", "a.exe")]
    [InlineData("...", "")]
    public void Clean_OfNames_DropsWhatIsNotSeen(string written, string expected) => Assert.Equal(expected, FileName.Clean(written));

    [Fact]
    public void ShapesOf_NameWithNul_AlsoEndsThere() => Assert.Equal(["evil.exe.pdf", "evil.exe", "evil.exe\0.pdf"], FileName.ShapesOf("evil.exe\0.pdf"));
}
