using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Rehearsal;

/// <summary>A file that comes with a made-up message.</summary>
internal sealed record SampleAttachment
{
    public string Name { get; init; } = string.Empty;

    public string Type { get; init; } = "application/octet-stream";

    /// <summary>Empty: the part says nothing of it.</summary>
    public string Disposition { get; init; } = "attachment";

    /// <summary>Null: <see cref="SizeBytes"/> zeros.</summary>
    public string? Text { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>Names of a zip archive; without one it is none.</summary>
    public IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>They need a password; what they contain nobody reads here.</summary>
    public bool IsEncrypted { get; init; }
}

/// <summary>A made-up message with attachments as mail programs write it.</summary>
internal static class SampleMultipart
{
    private const string Boundary = "=_sample";

    /// <summary>What the message says of its content holds for its text.</summary>
    public static IReadOnlyList<(string Name, string Value)> HeadersOf(SampleMessage message) =>
    [
        .. message.Headers.Where(header => !IsOfContent(header.Name)),
        ("MIME-Version", "1.0"),
        ("Content-Type", $"multipart/mixed; boundary=\"{Boundary}\""),
    ];

    public static ReadOnlyMemory<byte> BodyOf(SampleMessage message)
    {
        var text = new StringBuilder();
        text.Append("--").Append(Boundary).Append("\r\n");
        foreach (var (name, value) in message.Headers.Where(header => IsOfContent(header.Name)))
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        text.Append("\r\n").Append(message.BodyText()).Append("\r\n");
        foreach (var attachment in message.Attachments)
        {
            Append(text, attachment);
        }

        return MailText.Encode(text.Append("--").Append(Boundary).Append("--\r\n").ToString());
    }

    private static void Append(StringBuilder text, SampleAttachment attachment)
    {
        text.Append("--").Append(Boundary).Append("\r\nContent-Type: ").Append(attachment.Type.Length > 0 ? attachment.Type : "application/octet-stream").Append("\r\n");
        var name = attachment.Name.Length > 0 ? $"filename*=utf-8''{Uri.EscapeDataString(attachment.Name)}" : string.Empty;
        if (attachment.Disposition.Length + name.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Disposition: {(attachment.Disposition.Length > 0 ? attachment.Disposition : "inline")}{(name.Length > 0 ? $"; {name}" : string.Empty)}\r\n");
        }

        text.Append("Content-Transfer-Encoding: base64\r\n\r\n");
        text.Append(Convert.ToBase64String(BytesOf(attachment), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n")).Append("\r\n");
    }

    private static byte[] BytesOf(SampleAttachment attachment)
    {
        if (attachment.Entries.Count == 0)
        {
            return attachment.Text is { } text ? MailText.Encode(text) : new byte[attachment.SizeBytes];
        }

        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in attachment.Entries)
            {
                archive.CreateEntry(entry);
            }
        }

        var zip = bytes.ToArray();
        for (var at = zip.AsSpan().IndexOf("PK\u0003\u0004"u8); attachment.IsEncrypted && at >= 0;)
        {
            // Bit 0 of a local header's flags.
            zip[at + 6] |= 1;
            var next = zip.AsSpan(at + 4).IndexOf("PK\u0003\u0004"u8);
            at = next < 0 ? -1 : at + 4 + next;
        }

        return zip;
    }

    private static bool IsOfContent(string name) => name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
}
