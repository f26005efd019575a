namespace Pmilter.Protocol.Client;

/// <summary>A message as a file has it (.eml), cut into header fields and body as an MTA would.</summary>
public static class MailFile
{
    /// <summary>Takes CRLF and LF line ends. A line that is no header field begins the body, as in Postfix.</summary>
    public static (IReadOnlyList<MailHeader> Headers, ReadOnlyMemory<byte> Body) Parse(ReadOnlyMemory<byte> file)
    {
        var headers = new List<MailHeader>();
        while (!file.IsEmpty)
        {
            var line = Line(file.Span, out var length);
            if (line.IsEmpty)
            {
                file = file[length..];
                break;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAny(" \t"u8))
            {
                break;
            }

            var name = file[..colon];
            headers.Add(new MailHeader(name, Value(ref file, colon + 1)));
        }

        return (headers, WithCrLf(file.Span));
    }

    private static byte[] Value(ref ReadOnlyMemory<byte> file, int start)
    {
        var value = new List<byte>(Line(file.Span, out var length)[start..].ToArray());
        file = file[length..];
        while (!file.IsEmpty && file.Span[0] is (byte)' ' or (byte)'\t')
        {
            value.Add((byte)'\n');
            value.AddRange(Line(file.Span, out length));
            file = file[length..];
        }

        return [.. value];
    }

    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text, out int length)
    {
        var end = text.IndexOf((byte)'\n');
        length = end < 0 ? text.Length : end + 1;
        var line = end < 0 ? text : text[..end];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private static byte[] WithCrLf(ReadOnlySpan<byte> body)
    {
        var text = new List<byte>(body.Length + (body.Length / 16));
        while (!body.IsEmpty)
        {
            text.AddRange(Line(body, out var length));
            text.AddRange("\r\n"u8);
            body = body[length..];
        }

        return [.. text];
    }
}
