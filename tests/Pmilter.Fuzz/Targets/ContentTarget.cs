using System.Text;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Mail.Content;

namespace Pmilter.Fuzz.Targets;

/// <summary>Bodies as MIME: parts, names, texts and archives.</summary>
internal sealed class ContentTarget : IFuzzTarget
{
    private static readonly ContentLimits Limits = new() { TextBytes = 4096, Parts = 20, Depth = 5, HeaderBytes = 8192 };

    private static readonly string[] Good =
    [
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n--b\r\nContent-Type: application/zip; name=\"a.zip\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=UTF-8''%e2%80%aea.zip\r\n\r\nUEsDBAoAAQAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS5leGVQSwECFAAKAAEAAAAAACEAAAAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAAAAAAAAYS5leGVQSwUGAAAAAAEAAQAzAAAAIwAAAAAA\r\n--b--\r\n",
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E3=81=82 <b>x</b></p>\r\n--c--\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b--\r\n",
        "--b\r\nContent-Type: text/plain; name*0=\"a.\"; name*1=exe\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a.exe\r\n#0V%T\r\n`\r\nend\r\n--b\r\n\r\n--b\r\n",
    ];

    private static readonly string[] Words = ["--b", "--b--\r\n", "--c\r\n", "\r\n", "\n", "Content-Type: ", "multipart/mixed; boundary=", "message/rfc822", "base64", "quoted-printable", "name=", "filename*0*=", "UTF-8''%", "=?utf-8?b?", "PK\u0003\u0004", ";", "\"", "(", "charset=x", "=\r\n"];

    public string Name => "content";

    public string Promise => "a body is read within its limits, and the same in whatever chunks it comes";

    public void Try(Dice dice)
    {
        var type = Encoding.UTF8.GetBytes(Mutation.Of(dice, "multipart/mixed; boundary=\"b\"", Words, dice.OneIn(3) ? 3 : 1));
        var body = Encoding.UTF8.GetBytes(Mutation.Of(dice, dice.Of(Good), Words));
        var whole = Read(type, [body]);
        var at = dice.Below(body.Length + 1);
        var split = Read(type, dice.OneIn(8) ? [.. body.Select(b => (byte[])[b])] : [body[..at], body[at..]]);
        BrokenPromiseException.ThrowUnless(whole == split, $"in chunks, it is another body:\n{whole}\n{split}");
    }

    private static string Read(byte[] type, byte[][] chunks)
    {
        var feed = new ContentFeed(ContentNeeds.Parts | ContentNeeds.Text, Limits);
        feed.Header("Content-Type", type);
        foreach (var chunk in chunks)
        {
            feed.Body(chunk);
        }

        var content = feed.Complete();
        BrokenPromiseException.ThrowUnless(content.Parts.Count <= Limits.Parts, $"{content.Parts.Count} parts");
        return $"{content.Bound} {content.IsTextTruncated} {content.AttachmentNames} {string.Join('|', content.Parts.Select(part => $"{part.Name} {part.IsAttachment}"))}";
    }
}
