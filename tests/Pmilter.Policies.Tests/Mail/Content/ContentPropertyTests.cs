using System.Text;
using CsCheck;
using Pmilter.Policies.Mail.Content;
using Xunit;

namespace Pmilter.Policies.Tests.Mail.Content;

public sealed class ContentPropertyTests
{
    /// <summary>Pieces of which malformed messages are made.</summary>
    private static readonly string[] Pieces =
    [
        "--b\r\n", "--b--\r\n", "--c\r\n", "--c--\r\n", "--b", "--", "\r\n", "\n", "\r", " ", "\t", "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: multipart/mixed; boundary=c\r\n",
        "Content-Type: message/rfc822\r\n", "Content-Type: text/html; charset=utf-7\r\n", "Content-Type: ;\r\n", "Content-Type: text/plain; name*0*=utf-8''a; name*1=\"", "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n", "Content-Transfer-Encoding: x-uuencode\r\n", "begin 644 a.exe\r\n", "Content-Disposition: attachment; filename=a.exe\r\n", "=?utf-8?B?", "?=", "=", "==",
        "PK\u0003\u0004", "PK\u0001\u0002", "UEsDBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUAAABh\r\n", "From x\r\n", ":", "<style", "<script>", "&amp", "\0", "\u00ff", "hello world ", "\r\n\r\n",
    ];

    private static readonly Gen<byte[]> Body = Gen.OneOf(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]), Gen.String[0, 20]).Array[0, 60]
        .Select(pieces => Encoding.Latin1.GetBytes("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(pieces)));

    private static readonly Gen<byte[]> Random = Gen.Byte.Array[0, 2000];

    /// <summary>However the MTA cuts the message, its facts are the same.</summary>
    [Fact]
    public void Read_InAnyPieces_GivesTheSameFacts() =>
        Gen.Select(Gen.OneOf(Body, Gen.Int[0, Known.Length - 1].Select(i => Known[i])), Gen.Int[0, 2000].Array[0, 6]).Sample(
            (message, splits) => Assert.Equal(Mime.ShowAll(Mime.Read(message)), Mime.ShowAll(Mime.Read(message, null, splits))), iter: 3000);

    [Fact]
    public void Read_ByteByByte_GivesTheSameFacts()
    {
        foreach (var message in Known)
        {
            Assert.Equal(Mime.ShowAll(Mime.Read(message)), Mime.ShowAll(Mime.Read(message, null, [.. Enumerable.Range(0, message.Length)])));
        }
    }

    [Fact]
    public void Read_AnyBytes_NeverThrowsAndStaysWithinLimits()
    {
        var limits = new ContentLimits { TextBytes = 100, Parts = 5, Depth = 3, HeaderBytes = 2000 };
        Gen.OneOf(Body, Random).Sample(
            message =>
            {
                var content = Mime.Read(message, limits);
                Assert.InRange(content.Parts.Count, 0, 12);
                Assert.InRange(content.Parts.Sum(part => part.Text.Length), 0, 101);
                Assert.All(content.Parts, part => Assert.InRange(part.Depth, 0, 3));
                _ = content.Parts.Select(part => (part.ShownText, part.ToString())).ToArray();
            },
            iter: 5000);
    }

    private static readonly byte[][] Known = [.. PartReaderTests.Shapes.Select(row => Encoding.Latin1.GetBytes(((string)((object[])row)[1]).ReplaceLineEndings("\r\n")))];
}
