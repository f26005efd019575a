using Pmilter.Protocol.Client;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Client;

public sealed class MailFileTests
{
    [Theory]
    [InlineData("A: b\r\nC:d\r\n\te\r\n\r\nbody\r\n", "A| b;C|d\n\te", "body\r\n")]
    [InlineData("A: b\n\nbody", "A| b", "body\r\n")]
    [InlineData("A: b\nno header\nmore\n", "A| b", "no header\r\nmore\r\n")]
    [InlineData("\nbody\n", "", "body\r\n")]
    [InlineData("", "", "")]
    [InlineData("A:\n", "A|", "")]
    public void Parse_FileText_HeadersAndBody(string file, string headers, string body)
    {
        var parsed = MailFile.Parse(MailText.Encode(file));
        Assert.Equal(headers, string.Join(';', parsed.Headers.Select(h => $"{MailText.Decode(h.Name.Span)}|{MailText.Decode(h.Value.Span)}")));
        Assert.Equal(body, MailText.Decode(parsed.Body.Span));
    }
}
