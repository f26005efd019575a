using System.Text;
using MimeKit;
using MimeKit.Encodings;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>One text part with text added: its content as it may stand in the message, and the fields of its head that change.</summary>
internal sealed class PartEdit
{
    private const int LongestLine = 998;
    private readonly string? _contentType;
    private readonly string? _transferEncoding;

    private PartEdit(byte[] content, string? contentType, string? transferEncoding)
    {
        Content = content;
        _contentType = contentType;
        _transferEncoding = transferEncoding;
    }

    public byte[] Content { get; }

    /// <summary>Null where nothing can be added without loss.</summary>
    /// <param name="whyNot">Said then.</param>
    public static PartEdit? Apply(TextPart part, ReadOnlySpan<byte> written, IReadOnlyList<AddToBody> additions, out string whyNot)
    {
        var encoding = part.ContentTransferEncoding;
        whyNot = "a text part has an encoding of its own";
        if (encoding is ContentEncoding.UUEncode || (encoding is ContentEncoding.Default && part.Headers.Contains(HeaderId.ContentTransferEncoding)))
        {
            return null;
        }

        var decoded = Decode(written, encoding);
        whyNot = "its text is signed or encrypted";
        if (part.IsPlain && IsPgp(decoded))
        {
            return null;
        }

        whyNot = "a text part is not written in the charset that it names";
        var charset = part.ContentType.Charset is { Length: > 0 } named ? Charsets.Find(named) : Encoding.UTF8;
        if (charset is null)
        {
            return null;
        }

        var isAsciiName = part.ContentType.Charset is not { Length: > 0 } name || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);
        string? contentType = null;
        if (part.IsPlain && !additions.All(a => CanWrite(charset, a.Text)))
        {
            // The text is written anew in UTF-8, if nothing is lost by it.
            var text = charset.GetString(decoded);
            if (!charset.GetBytes(text).AsSpan().SequenceEqual(decoded))
            {
                return null;
            }

            decoded = Encoding.UTF8.GetBytes(text);
            charset = Encoding.UTF8;
            contentType = Utf8(part);
        }
        else if (part.IsPlain && isAsciiName && !additions.All(a => Ascii.IsValid(a.Text)))
        {
            if (!Ascii.IsValid(decoded) && !System.Text.Unicode.Utf8.IsValid(decoded))
            {
                return null;
            }

            contentType = Utf8(part);
        }

        var added = part.IsHtml ? HtmlAddition.Apply(decoded, additions) : Plain(decoded, additions, charset);
        // Who sent unannounced 8-bit text before goes on doing so.
        var wire = encoding is ContentEncoding.Default or ContentEncoding.SevenBit && IsSevenBit(decoded) && !IsSevenBit(added) ? ContentEncoding.QuotedPrintable : encoding;
        return new PartEdit(Encode(added, wire), contentType, wire == encoding ? null : "quoted-printable");
    }

    /// <summary>The part's own head with the changed fields in it; other fields byte for byte.</summary>
    public byte[] Head(ReadOnlySpan<byte> written)
    {
        if (_contentType is null && _transferEncoding is null)
        {
            return written.ToArray();
        }

        var lines = Encoding.Latin1.GetString(written);
        var head = new StringBuilder(lines.Length + 64);
        var isDropped = false;
        foreach (var line in lines.TrimEnd('\r', '\n').Split('\n'))
        {
            var isFold = line is [' ' or '\t', ..];
            isDropped = isFold ? isDropped : (_contentType is not null && IsField(line, "Content-Type:")) || (_transferEncoding is not null && IsField(line, "Content-Transfer-Encoding:"));
            if (!isDropped && line.Length > 0)
            {
                head.Append(line.TrimEnd('\r')).Append("\r\n");
            }
        }

        head.Append(_contentType is null ? string.Empty : $"Content-Type: {_contentType}\r\n");
        head.Append(_transferEncoding is null ? string.Empty : $"Content-Transfer-Encoding: {_transferEncoding}\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>The same for a message that is this part alone.</summary>
    public IEnumerable<Modification> HeaderChanges(BodyHeaders headers)
    {
        if (_contentType is not null)
        {
            yield return Set(BodyHeaders.Names[0], headers.ContentType, _contentType);
        }

        if (_transferEncoding is not null)
        {
            yield return Set(BodyHeaders.Names[1], headers.TransferEncoding, _transferEncoding);
        }

        if ((_contentType ?? _transferEncoding) is not null && headers.MimeVersion is null)
        {
            yield return new AddHeader(BodyHeaders.Names[2], "1.0");
        }
    }

    private static Modification Set(string name, string? old, string value) => old is null ? new AddHeader(name, value) : new ChangeHeader(name, 1, value);

    private static bool IsField(string line, string name) => line.StartsWith(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>An inline signature covers the text; RFC 4880 6.2.</summary>
    private static bool IsPgp(ReadOnlySpan<byte> text) => text.IndexOf("-----BEGIN PGP "u8) >= 0;

    private static byte[] Plain(byte[] text, IReadOnlyList<AddToBody> additions, Encoding charset)
    {
        using var added = new MemoryStream(text.Length + 256);
        foreach (var top in additions.Where(a => a.End == BodyEnd.Top))
        {
            added.Write(charset.GetBytes(Lines(top.Text)));
        }

        added.Write(text);
        if (text.Length > 0 && text[^1] != '\n' && additions.Any(a => a.End == BodyEnd.Bottom))
        {
            added.Write("\r\n"u8);
        }

        foreach (var bottom in additions.Where(a => a.End == BodyEnd.Bottom))
        {
            added.Write(charset.GetBytes(Lines(bottom.Text)));
        }

        return added.ToArray();
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\r\n") + (text.EndsWith('\n') ? string.Empty : "\r\n");

    private static bool CanWrite(Encoding charset, string text) => charset.GetString(charset.GetBytes(text)) == text;

    private static string Utf8(TextPart part)
    {
        var type = part.ContentType.Clone();
        type.Charset = "utf-8";
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return type.ToString(format, Encoding.UTF8, encode: true)["Content-Type:".Length..].Trim();
    }

    private static bool IsSevenBit(ReadOnlySpan<byte> text)
    {
        if (!Ascii.IsValid(text))
        {
            return false;
        }

        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (end > LongestLine)
            {
                return false;
            }

            text = text[(end + 1)..];
        }

        return text.Length <= LongestLine;
    }

    private static byte[] Decode(ReadOnlySpan<byte> written, ContentEncoding encoding) => encoding switch
    {
        ContentEncoding.Base64 => Run(new Base64Decoder(), written),
        ContentEncoding.QuotedPrintable => Run(new QuotedPrintableDecoder(), written),
        _ => written.ToArray(),
    };

    private static byte[] Encode(byte[] text, ContentEncoding encoding) => encoding switch
    {
        ContentEncoding.Base64 => Dos(Run(new Base64Encoder(), text)),
        ContentEncoding.QuotedPrintable => Dos(Run(new QuotedPrintableEncoder(), text)),
        _ => text,
    };

    private static byte[] Run(IMimeDecoder decoder, ReadOnlySpan<byte> bytes)
    {
        var input = bytes.ToArray();
        var output = new byte[decoder.EstimateOutputLength(input.Length)];
        return output[..decoder.Decode(input, 0, input.Length, output)];
    }

    private static byte[] Run(IMimeEncoder encoder, byte[] bytes)
    {
        var output = new byte[encoder.EstimateOutputLength(bytes.Length)];
        return output[..encoder.Flush(bytes, 0, bytes.Length, output)];
    }

    /// <summary>The encoders end lines with LF.</summary>
    private static byte[] Dos(byte[] lines) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(lines).ReplaceLineEndings("\r\n"));
}
