using System.Globalization;
using System.Text;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Replies;

/// <summary>The one encoder of verdicts and modifications.</summary>
internal static class ReplyEncoder
{
    /// <summary>Exactly one packet.</summary>
    public static void Write(FrameWriter writer, Verdict verdict)
    {
        if (verdict.Reply is { } reply)
        {
            writer.Begin((byte)ReplyCode.ReplyCode);
            AppendReply(writer, reply);
            writer.End();
            return;
        }

        writer.Write((byte)CodeOf(verdict.Kind));
    }

    /// <summary>One packet, or several in one run for a body.</summary>
    public static void Write(FrameWriter writer, Modification modification, bool ownsLeadingSpace)
    {
        switch (modification)
        {
            case AddHeader add:
                WriteHeader(writer, ReplyCode.AddHeader, null, add.Name, HeaderText.Value(add.Value, ownsLeadingSpace));
                break;
            case InsertHeader insert:
                WriteHeader(writer, ReplyCode.InsertHeader, insert.Index, insert.Name, HeaderText.Value(insert.Value, ownsLeadingSpace));
                break;
            case ChangeHeader change:
                WriteHeader(writer, ReplyCode.ChangeHeader, change.Index, change.Name, HeaderText.Value(change.Value, ownsLeadingSpace));
                break;
            case DeleteHeader delete:
                WriteHeader(writer, ReplyCode.ChangeHeader, delete.Index, delete.Name, []);
                break;
            case ChangeSender sender:
                WriteAddress(writer, ReplyCode.ChangeSender, sender.Address, sender.Arguments);
                break;
            case AddRecipient recipient when HasArguments(recipient):
                WriteAddress(writer, ReplyCode.AddRecipientWithArguments, recipient.Address, recipient.Arguments);
                break;
            case AddRecipient recipient:
                WriteAddress(writer, ReplyCode.AddRecipient, recipient.Address, null);
                break;
            case DeleteRecipient recipient:
                WriteAddress(writer, ReplyCode.DeleteRecipient, recipient.Address, null);
                break;
            case ReplaceBody body:
                WriteBody(writer, body.Body.Span);
                break;
            default:
                throw new NotSupportedException($"{modification.GetType().Name} has no packet.");
        }
    }

    /// <summary>Holds the message. An empty reason would be taken for none, and the message for a good one.</summary>
    public static void WriteQuarantine(FrameWriter writer, string reason)
    {
        var text = HeaderText.Line(reason);
        writer.Begin((byte)ReplyCode.Quarantine);
        writer.AppendString(text.Length > 0 ? text : "held by the mail filter"u8);
        writer.End();
    }

    /// <summary>The action that a modification needs.</summary>
    public static MilterActions ActionOf(Modification modification) => modification switch
    {
        AddHeader or InsertHeader => MilterActions.AddHeaders,
        ChangeHeader or DeleteHeader => MilterActions.ChangeHeaders,
        ChangeSender => MilterActions.ChangeSender,
        AddRecipient recipient when HasArguments(recipient) => MilterActions.AddRecipientsWithArguments,
        AddRecipient => MilterActions.AddRecipients,
        DeleteRecipient => MilterActions.DeleteRecipients,
        ReplaceBody => MilterActions.ChangeBody,
        _ => MilterActions.None,
    };

    /// <summary>Counted as they are written: line ends alone are none.</summary>
    private static bool HasArguments(AddRecipient recipient) => recipient.Arguments is { Length: > 0 } arguments && HeaderText.Line(arguments).Length > 0;

    private static ReplyCode CodeOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Accept => ReplyCode.Accept,
        VerdictKind.Reject => ReplyCode.Reject,
        VerdictKind.Tempfail => ReplyCode.Tempfail,
        VerdictKind.Discard => ReplyCode.Discard,
        VerdictKind.Skip => ReplyCode.Skip,
        _ => ReplyCode.Continue,
    };

    /// <summary>
    /// <c>ddd-x.y.z text</c> CRLF … <c>ddd x.y.z text</c> NUL. Several lines without an enhanced code get X.0.0 (libmilter).
    /// Sendmail drops the whole text for a lone percent sign, Postfix halves a double one: so each is doubled.
    /// </summary>
    private static void AppendReply(FrameWriter writer, SmtpReply reply)
    {
        var enhanced = reply.EnhancedCode.Length == 0 && (reply.Lines.Count > 1 || BeginsAsAnotherClass(reply))
            ? string.Create(CultureInfo.InvariantCulture, $"{reply.Code / 100}.0.0")
            : reply.EnhancedCode;
        for (var i = 0; i < reply.Lines.Count; i++)
        {
            var isLast = i == reply.Lines.Count - 1;
            writer.Append(Encoding.ASCII.GetBytes(reply.Code.ToString(CultureInfo.InvariantCulture)));
            writer.Append((byte)(isLast ? ' ' : '-'));
            if (enhanced.Length > 0)
            {
                writer.Append(Encoding.ASCII.GetBytes(enhanced));
                writer.Append((byte)' ');
            }

            writer.Append(MailText.Encode(reply.Lines[i].Replace("%", "%%", StringComparison.Ordinal)));
            writer.Append(isLast ? "\0"u8 : "\r\n"u8);
        }
    }

    /// <summary>A text that begins like an enhanced code would be read as one, and one of another class is a contradiction.</summary>
    private static bool BeginsAsAnotherClass(SmtpReply reply) => reply.Lines[0] is ['2' or '4' or '5', '.', ..] && reply.Lines[0][0] - '0' != reply.Code / 100;

    private static void WriteHeader(FrameWriter writer, ReplyCode code, int? index, string name, ReadOnlySpan<byte> value)
    {
        writer.Begin((byte)code);
        if (index is { } position)
        {
            writer.Append((uint)Math.Max(0, position));
        }

        writer.AppendString(HeaderText.Line(name));
        writer.AppendString(value);
        writer.End();
    }

    private static void WriteAddress(FrameWriter writer, ReplyCode code, string address, string? arguments)
    {
        writer.Begin((byte)code);
        writer.AppendString(HeaderText.Line(address));
        if (arguments is { Length: > 0 })
        {
            writer.AppendString(HeaderText.Line(arguments));
        }

        writer.End();
    }

    /// <summary>One uninterrupted run: Postfix takes anything in between for a broken filter. An empty body is one empty packet.</summary>
    private static void WriteBody(FrameWriter writer, ReadOnlySpan<byte> body)
    {
        do
        {
            var chunk = body[..Math.Min(body.Length, Frame.MaxChunkBytes)];
            writer.Write((byte)ReplyCode.ReplaceBody, chunk);
            body = body[chunk.Length..];
        }
        while (!body.IsEmpty);
    }
}
