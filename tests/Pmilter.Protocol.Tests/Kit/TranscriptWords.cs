using System.Buffers.Binary;
using System.Globalization;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Lines of a transcript to packets, and packets to lines.</summary>
internal static class TranscriptWords
{
    public static (byte[] Bytes, CommandCode Command) Frame(string text)
    {
        var space = text.IndexOf(' ');
        var verb = space < 0 ? text : text[..space];
        var rest = Unescape(space < 0 ? "" : text[(space + 1)..]);
        var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return verb switch
        {
            "offer" => (Frames.Offer(int.Parse(words[0]), Hex(words[1]), Hex(words[2])), CommandCode.Negotiate),
            "macro" => (Frames.Of('D', words[0] + string.Concat(words[1..].Select(w => w.Replace('=', '\0') + "\0"))), CommandCode.Macro),
            "connect" when words[1] is "U" => (Frames.Of('C', words[0] + "\0U"), CommandCode.Connect),
            "connect" => (Frames.Of('C', MailText.Encode($"{words[0]}\0{words[1]}"), Port(words[2]), MailText.Encode(words[3] + "\0")), CommandCode.Connect),
            "helo" => (Frames.Of('H', rest + "\0"), CommandCode.Helo),
            "mail" => (Frames.Of('M', string.Concat(words.Select(w => w + "\0"))), CommandCode.Mail),
            "rcpt" => (Frames.Of('R', string.Concat(words.Select(w => w + "\0"))), CommandCode.Rcpt),
            "data" => (Frames.Of('T'), CommandCode.Data),
            "header" => (Frames.Of('L', rest[..rest.IndexOf(':')] + "\0" + rest[(rest.IndexOf(':') + 1)..] + "\0"), CommandCode.Header),
            "eoh" => (Frames.Of('N'), CommandCode.EndOfHeaders),
            "body" => (Frames.Of('B', rest), CommandCode.Body),
            "eom" => (Frames.Of('E', rest), CommandCode.EndOfMessage),
            "unknown" => (Frames.Of('U', rest + "\0"), CommandCode.Unknown),
            "abort" => (Frames.Of('A'), CommandCode.Abort),
            "quit" => (Frames.Of('Q'), CommandCode.Quit),
            "quit_nc" => (Frames.Of('K'), CommandCode.QuitNewConnection),
            "raw" => (Convert.FromHexString(rest), CommandCode.None),
            _ => throw new FormatException(text),
        };
    }

    public static MessageVerdict Message(List<string> lines)
    {
        var changes = new List<Modification>();
        string? quarantine = null;
        var verdict = Verdict.Continue;
        foreach (var line in lines)
        {
            var words = line.Split(' ', 2);
            if (words[0] is "quarantine")
            {
                quarantine = words.Length > 1 ? words[1] : "";
            }
            else if (Change(words[0], Unescape(words.Length > 1 ? words[1] : "")) is { } change)
            {
                changes.Add(change);
            }
            else
            {
                verdict = Words.Parse(line);
            }
        }

        return new MessageVerdict(verdict, changes, quarantine);
    }

    public static string Reply(Frame frame)
    {
        if ((ReplyCode)frame.Code == ReplyCode.Negotiate)
        {
            var words = frame.Data.Span;
            return $"negotiate {BinaryPrimitives.ReadUInt32BigEndian(words)} {BinaryPrimitives.ReadUInt32BigEndian(words[4..]):x} {BinaryPrimitives.ReadUInt32BigEndian(words[8..]):x}";
        }

        if (ReplyDecoder.Verdict(frame) is { } verdict)
        {
            return verdict.Text is null ? verdict.ToString() : Escape(verdict.ToString());
        }

        if ((ReplyCode)frame.Code is ReplyCode.Progress or ReplyCode.Quarantine)
        {
            return frame.Data.IsEmpty ? "progress" : "quarantine " + ReplyDecoder.QuarantineReason(frame);
        }

        return Escape(ReplyDecoder.Modification(frame) switch
        {
            AddHeader h => $"add-header {h.Name}:{h.Value}",
            InsertHeader h => $"insert-header {h.Index} {h.Name}:{h.Value}",
            ChangeHeader h => $"change-header {h.Index} {h.Name}:{h.Value}",
            DeleteHeader h => $"delete-header {h.Index} {h.Name}",
            ChangeSender s => $"change-sender {s.Address} {s.Arguments}".TrimEnd(),
            AddRecipient r => $"add-rcpt {r.Address} {r.Arguments}".TrimEnd(),
            DeleteRecipient r => $"delete-rcpt {r.Address}",
            ReplaceBody b => $"body {MailText.Decode(b.Body.Span)}",
            _ => throw new FormatException($"packet 0x{frame.Code:X2}"),
        });
    }

    public static string Escape(string text) => text.Replace("\r", "\\r").Replace("\n", "\\n").Replace("\t", "\\t");

    private static string Unescape(string text) => text.Replace("\\r", "\r").Replace("\\n", "\n").Replace("\\t", "\t");

    private static Modification? Change(string verb, string rest)
    {
        var words = rest.Split(' ');
        var colon = rest.IndexOf(':');
        return verb switch
        {
            "add-header" => new AddHeader(rest[..colon], rest[(colon + 1)..]),
            "insert-header" => new InsertHeader(int.Parse(words[0]), rest[(words[0].Length + 1)..colon], rest[(colon + 1)..]),
            "change-header" => new ChangeHeader(rest[(words[0].Length + 1)..colon], int.Parse(words[0]), rest[(colon + 1)..]),
            "delete-header" => new DeleteHeader(words[1], int.Parse(words[0])),
            "change-sender" => new ChangeSender(words[0], words.Length > 1 ? string.Join(' ', words[1..]) : null),
            "add-rcpt" => new AddRecipient(words[0], words.Length > 1 ? string.Join(' ', words[1..]) : null),
            "delete-rcpt" => new DeleteRecipient(words[0]),
            "body" => new ReplaceBody(MailText.Encode(rest)),
            _ => null,
        };
    }

    private static uint Hex(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static byte[] Port(string text) => [(byte)(int.Parse(text) >> 8), (byte)int.Parse(text)];
}
