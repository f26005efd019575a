using System.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>The header fields that say how the body is written; null where the message has none.</summary>
internal sealed record BodyHeaders(string? ContentType, string? TransferEncoding, string? MimeVersion)
{
    public static string[] Names { get; } = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"];

    public static BodyHeaders Of(MessageFacts message) =>
        new(message.Headers.RawOf(Names[0]), message.Headers.RawOf(Names[1]), message.Headers.RawOf(Names[2]));

    /// <summary>As the head of a MIME entity, with the empty line.</summary>
    public byte[] ToEntityHead()
    {
        var head = new StringBuilder();
        foreach (var (name, value) in Names.Zip([ContentType, TransferEncoding, MimeVersion]))
        {
            if (value is not null)
            {
                head.Append(name).Append(": ").Append(value.Trim().ReplaceLineEndings("\r\n")).Append("\r\n");
            }
        }

        return MailText.Encode(head.Append("\r\n").ToString());
    }
}
