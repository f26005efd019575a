using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pmilter.Policies.Mail.Content;

namespace Pmilter.Policies.Tests.Mail.Content;

/// <summary>Messages for content tests, and what is seen of them.</summary>
internal static class Mime
{
    public static ContentNeeds All => ContentNeeds.Parts | ContentNeeds.Text;

    /// <summary>Line ends become CRLF; header and body are split where the MTA would.</summary>
    public static MessageContent Read(string message, ContentLimits? limits = null, params int[] splits) =>
        Read(Encoding.Latin1.GetBytes(message.ReplaceLineEndings("\r\n")), limits, splits);

    public static MessageContent Read(byte[] message, ContentLimits? limits = null, params int[] splits)
    {
        var feed = new ContentFeed(All, limits ?? ContentLimits.Default);
        var text = Encoding.Latin1.GetString(message);
        var end = text.StartsWith("\r\n", StringComparison.Ordinal) ? 0 : text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2;
        if (end < 2)
        {
            end = 0;
        }

        // As Postfix gives them: a fold is LF and its white space.
        foreach (var field in text[..end].Replace("\r\n ", "\n ", StringComparison.Ordinal).Replace("\r\n\t", "\n\t", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                feed.Header(field[..colon], Encoding.Latin1.GetBytes(field[(colon + 1)..]));
            }
        }

        var body = message.AsMemory(Math.Min(message.Length, end + 2));
        var at = 0;
        foreach (var split in splits.Select(s => Math.Clamp(s, 0, body.Length)).Order().Append(body.Length))
        {
            // The session's buffer is used again for the next chunk.
            var chunk = body[at..split].ToArray();
            feed.Body(chunk);
            Array.Fill(chunk, (byte)'#');
            at = split;
        }

        return feed.Complete();
    }

    /// <summary>One line a part: type, names, archive's names, size.</summary>
    public static string Show(MessageContent content)
    {
        var text = new StringBuilder();
        foreach (var part in content.Parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Depth} {part.Type}");
            text.Append(part.Names.Count > 0 ? $" [{string.Join('|', part.Names)}]" : string.Empty);
            text.Append(part.Entries.Count > 0 ? $" ({string.Join('|', part.Entries.Distinct())})" : string.Empty);
            text.Append(part.IsAttachment ? " +" : string.Empty).Append('\n');
        }

        return text.Append(content.IsTruncated ? $"until {content.Bound}\n" : string.Empty).ToString();
    }

    /// <summary>Everything, texts too.</summary>
    public static string ShowAll(MessageContent content) =>
        $"{Show(content)}{content.IsTextTruncated}\n{string.Join('\n', content.Parts.Select(part => $"{part.Size} {part.Disposition} {part.Charset} {part.IsEncrypted} {part.Text}"))}";

    public static byte[] Zip(params string[] names)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(name, 100))));
            }
        }

        return bytes.ToArray();
    }

    public static string Base64(byte[] bytes) => Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);

    /// <summary>A multipart of these parts, each with its header.</summary>
    public static string Multipart(params string[] parts) =>
        $"Content-Type: multipart/mixed; boundary=b\n\n{string.Concat(parts.Select(part => $"--b\n{part}\n"))}--b--\n";

    public static string File(string headers, byte[] bytes) => $"{headers}\nContent-Transfer-Encoding: base64\n\n{Base64(bytes)}";
}
