using System.Globalization;
using System.Text;
using Pmilter.Policies.Mail.Content;
using Xunit;

namespace Pmilter.Policies.Tests.Mail.Content;

/// <summary>Messages made to exhaust whoever reads them.</summary>
public sealed class ContentBoundTests
{
    private const int Chunk = 65535;

    [Fact]
    public void Parts_BeyondTheLimit_AreNotLookedAt()
    {
        var content = Mime.Read(Mime.Multipart([.. Enumerable.Range(1, 10).Select(n => $"Content-Disposition: attachment; filename={n}.txt\n\nx")]), new ContentLimits { Parts = 5 });
        Assert.Equal((ContentBound.Parts, 5), (content.Bound, content.Parts.Count));
    }

    [Theory]
    [InlineData(200, ContentBound.None)]
    [InlineData(201, ContentBound.Parts)]
    public void Parts_AtTheLimit_AreAllThere(int parts, ContentBound expected) =>
        Assert.Equal(expected, Mime.Read(Mime.Multipart([.. Enumerable.Repeat("\nx", parts)])).Bound);

    [Theory]
    [InlineData(20, ContentBound.None)]
    [InlineData(21, ContentBound.Depth)]
    [InlineData(10_000, ContentBound.Depth)]
    public void Multiparts_NestedDeeply_AreBounded(int depth, ContentBound expected)
    {
        var text = new StringBuilder();
        for (var i = 0; i < depth; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=b{i}x\n\n--b{i}x\n");
        }

        text.Append("Content-Disposition: attachment; filename=a.exe\n\nMZ\n");
        for (var i = depth - 1; i >= 0; i--)
        {
            text.Append(CultureInfo.InvariantCulture, $"--b{i}x--\n");
        }

        Assert.Equal(expected, Mime.Read(text.ToString()).Bound);
    }

    [Theory]
    [InlineData(20, ContentBound.None)]
    [InlineData(21, ContentBound.Depth)]
    [InlineData(10_000, ContentBound.Depth)]
    public void Messages_NestedDeeply_AreBounded(int depth, ContentBound expected) =>
        Assert.Equal(expected, Mime.Read(string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", depth)) + "Subject: in\n\nx\n").Bound);

    [Fact]
    public void Messages_EncodedWithinEachOther_AreBounded()
    {
        var inner = Encoding.ASCII.GetBytes("Subject: in\r\n\r\nx\r\n");
        for (var i = 0; i < 25; i++)
        {
            inner = Encoding.ASCII.GetBytes(Mime.File("Content-Type: message/rfc822", inner).ReplaceLineEndings("\r\n"));
        }

        Assert.Equal(ContentBound.Depth, Mime.Read(inner).Bound);
    }

    [Fact]
    public void Boundaries_AMillionOfThem_AreBounded() =>
        Assert.Equal(ContentBound.Parts, Mime.Read("Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n", 1_000_000))).Bound);

    [Fact]
    public void Boundary_OfAHundredKilobytes_IsNoMime()
    {
        var boundary = new string('b', 100_000);
        Assert.Equal(ContentBound.Malformed, Mime.Read($"Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\n\nx\n--{boundary}--\n").Bound);
    }

    [Theory]
    [InlineData("X-Long: ", 20_000_000, "x")]
    [InlineData("", 2_000_000, "X-A: b\n")]
    [InlineData("", 20_000_000, "x")]
    [InlineData("X-Folded: a\n", 2_000_000, " b\n")]
    public void Headers_InAPart_AreBounded(string before, int times, string flood)
    {
        var limits = new ContentLimits { HeaderBytes = 64 * 1024 };
        var message = Encoding.ASCII.GetBytes($"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{before}{string.Concat(Enumerable.Repeat(flood, times))}\r\n\r\nx\r\n--b--\r\n".ReplaceLineEndings("\r\n"));
        var feed = new ContentFeed(Mime.All, limits);
        feed.Header("Content-Type", "multipart/mixed; boundary=b"u8);
        var before1 = GC.GetAllocatedBytesForCurrentThread();
        Feed(feed, message.AsMemory(45));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before1;
        Assert.Equal(ContentBound.Headers, feed.Complete().Bound);
        Assert.InRange(allocated, 0, 8_000_000);
    }

    [Fact]
    public void Headers_OfAllPartsTogether_AreBounded()
    {
        var parts = Enumerable.Repeat($"X-A: {new string('a', 900)}\n\nx", 100).ToArray();
        Assert.Equal(ContentBound.Headers, Mime.Read(Mime.Multipart(parts), new ContentLimits { HeaderBytes = 10_000 }).Bound);
    }

    [Fact]
    public void Headers_OfTheMessage_AreBounded()
    {
        var feed = new ContentFeed(Mime.All, new ContentLimits { HeaderBytes = 10_000 });
        for (var i = 0; i < 100; i++)
        {
            feed.Header("Content-Type", new byte[1000]);
        }

        Assert.Equal(ContentBound.Headers, feed.Complete().Bound);
    }

    [Fact]
    public void Names_InArchives_AreBounded()
    {
        var content = Mime.Read(Mime.Multipart(Mime.File("Content-Type: application/zip", Mime.Zip([.. Enumerable.Range(0, 500).Select(n => $"{n:d30}.txt")]))), new ContentLimits { HeaderBytes = 10_000 });
        Assert.Equal(ContentBound.ArchiveNames, content.Bound);
        Assert.InRange(content.Parts[0].Entries.Count, 100, 250);
    }

    [Fact]
    public void Texts_BeyondTheLimit_AreNotKeptAndBlindNobody()
    {
        var content = Mime.Read(Mime.Multipart($"\n{new string('a', 1500)}", $"\n{new string('b', 1500)}", "Content-Disposition: attachment; filename=a.exe\n\nMZ"), new ContentLimits { TextBytes = 2000 });
        Assert.True(content.IsTextTruncated);
        Assert.False(content.IsTruncated);
        Assert.Equal(2000, content.Parts.Sum(part => part.Text.Length));
        Assert.True(content.Parts[2].HasExtension("exe"));
    }

    [Theory]
    [InlineData("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")]
    [InlineData("Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n")]
    [InlineData("Content-Type: text/plain\r\n\r\n")]
    [InlineData("Content-Type: text/html; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")]
    public void Body_Of200Megabytes_TakesLittleMemory(string header)
    {
        var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('A', 74) + "\r\n", Chunk / 76)));
        var feed = new ContentFeed(Mime.All, ContentLimits.Default);
        feed.Header("Content-Type", "multipart/mixed; boundary=b"u8);
        feed.Body(Encoding.ASCII.GetBytes($"--b\r\n{header}"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200_000_000 / lines.Length; i++)
        {
            feed.Body(lines);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var content = feed.Complete();
        Assert.InRange(content.Parts[0].Size, 100_000_000, 200_000_000);
        Assert.InRange(allocated, 0, 20_000_000);
    }

    private static void Feed(ContentFeed feed, ReadOnlyMemory<byte> bytes)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
        {
            feed.Body(bytes[..Math.Min(Chunk, bytes.Length)]);
        }
    }
}
