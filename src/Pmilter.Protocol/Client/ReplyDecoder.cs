using System.Buffers.Binary;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>SMFIR_ data as both MTAs together accept it; anything else is an error in words.</summary>
internal static class ReplyDecoder
{
    /// <summary>A verdict; null when the packet is none.</summary>
    public static EventReply? Verdict(Frame frame)
    {
        var code = (ReplyCode)frame.Code;
        switch (code)
        {
            case ReplyCode.Continue or ReplyCode.Accept or ReplyCode.Reject or ReplyCode.Tempfail or ReplyCode.Discard or ReplyCode.Skip:
                return frame.Data.IsEmpty
                    ? new EventReply(code, null)
                    : throw new MilterClientException($"The reply {code} was followed by {frame.Data.Length} data bytes; expected none.");
            case ReplyCode.ReplyCode:
                return new EventReply(code, SmtpText(frame.Data.Span));
            default:
                return null;
        }
    }

    /// <summary>A modification; null when the packet is none.</summary>
    public static Modification? Modification(Frame frame)
    {
        var rest = frame.Data.Span;
        Modification? modification = (ReplyCode)frame.Code switch
        {
            ReplyCode.AddHeader => new AddHeader(Text(ref rest), Text(ref rest)),
            ReplyCode.InsertHeader => new InsertHeader(Index(ref rest), Text(ref rest), Text(ref rest)),
            ReplyCode.ChangeHeader => Change(ref rest),
            ReplyCode.ChangeSender => new ChangeSender(Text(ref rest), OptionalText(ref rest)),
            ReplyCode.AddRecipient => new AddRecipient(Text(ref rest), null),
            ReplyCode.AddRecipientWithArguments => new AddRecipient(Text(ref rest), OptionalText(ref rest)),
            ReplyCode.DeleteRecipient => new DeleteRecipient(Text(ref rest)),
            ReplyCode.ReplaceBody => Body(ref rest),
            _ => null,
        };
        return modification is null || rest.IsEmpty
            ? modification
            : throw new MilterClientException($"The reply {(ReplyCode)frame.Code} has {rest.Length} bytes too many.");
    }

    public static string QuarantineReason(Frame frame)
    {
        var rest = frame.Data.Span;
        var reason = Text(ref rest);
        return reason.Length > 0 && rest.IsEmpty
            ? reason
            : throw new MilterClientException("The quarantine reason is empty or not one string; expected text and one NUL.");
    }

    private static Modification Change(ref ReadOnlySpan<byte> rest)
    {
        var index = Index(ref rest);
        var name = Text(ref rest);
        var value = Text(ref rest);
        return value.Length == 0 ? new DeleteHeader(name, index) : new ChangeHeader(name, index, value);
    }

    private static ReplaceBody Body(ref ReadOnlySpan<byte> rest)
    {
        var body = rest.ToArray();
        rest = default;
        return body.Length <= Frame.MaxChunkBytes
            ? new ReplaceBody(body)
            : throw new MilterClientException($"A body chunk has {body.Length} bytes; expected at most {Frame.MaxChunkBytes}.");
    }

    private static string SmtpText(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || data.IndexOf((byte)0) != data.Length - 1)
        {
            throw new MilterClientException("The SMTP reply is not ended by exactly one NUL.");
        }

        var text = MailText.Decode(data[..^1]);
        var lines = text.Split("\r\n");
        for (var i = 0; i < lines.Length; i++)
        {
            var isLast = i == lines.Length - 1;
            if (!IsSmtpLine(lines[i], isLast ? ' ' : '-', lines[0][..Math.Min(3, lines[0].Length)]))
            {
                throw new MilterClientException($"The SMTP reply is malformed in line {i + 1}: '{lines[i]}'.");
            }
        }

        if (text.Replace("%%", string.Empty, StringComparison.Ordinal).Contains('%', StringComparison.Ordinal))
        {
            throw new MilterClientException($"The SMTP reply has a lone percent sign: '{text}'.");
        }

        return text.Replace("%%", "%", StringComparison.Ordinal);
    }

    private static int Index(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < sizeof(uint))
        {
            throw new MilterClientException("A header reply ends inside its index.");
        }

        var index = BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[sizeof(uint)..];
        return (int)Math.Min(index, int.MaxValue);
    }

    private static string? OptionalText(ref ReadOnlySpan<byte> rest) => rest.IsEmpty ? null : Text(ref rest);

    private static string Text(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            throw new MilterClientException("A reply's text is not ended by a NUL.");
        }

        var text = MailText.Decode(rest[..end]);
        rest = rest[(end + 1)..];
        return text;
    }

    /// <summary>Three digits, the separator, and an enhanced code — if there is one — of the same class (Postfix 3.12).</summary>
    private static bool IsSmtpLine(string line, char separator, string code) =>
        line.Length >= 4
        && line.StartsWith(code, StringComparison.Ordinal)
        && line[0] is '4' or '5'
        && char.IsAsciiDigit(line[1])
        && char.IsAsciiDigit(line[2])
        && line[3] == separator
        && !line.AsSpan().ContainsAny('\r', '\n')
        && !(line is [_, _, _, _, '2' or '4' or '5', '.', ..] && line[4] != line[0]);
}
