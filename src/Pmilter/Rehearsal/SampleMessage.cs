using System.Globalization;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Wire;

namespace Pmilter.Rehearsal;

/// <summary>A made-up message and the SMTP client that brings it: what tests, explanations and simulations are played with.</summary>
internal sealed record SampleMessage
{
    /// <summary>An address; <c>unix</c> for a local submission, empty for a client that is hidden.</summary>
    public string ClientIp { get; init; } = "192.0.2.1";

    public int ClientPort { get; init; } = 40000;

    /// <summary>The verified name; empty for none.</summary>
    public string ClientName { get; init; } = string.Empty;

    /// <summary>The name that the address claims, where it is not the verified one.</summary>
    public string ClientPtr { get; init; } = string.Empty;

    /// <summary>Null: nobody has said it.</summary>
    public GeoPlace? Place { get; init; }

    /// <summary><c>smtp submission local</c>.</summary>
    public string Origin { get; init; } = "smtp";

    public string Listener { get; init; } = "inet:127.0.0.1:8895";

    public string Helo { get; init; } = "client.example";

    /// <summary>Without angle brackets; empty is the null sender.</summary>
    public string MailFrom { get; init; } = "sender@example.org";

    /// <summary>ESMTP parameters of MAIL: <c>SIZE=1000</c>.</summary>
    public IReadOnlyList<string> MailParameters { get; init; } = [];

    public IReadOnlyList<string> Recipients { get; init; } = ["recipient@example.net"];

    /// <summary>Recorded under policies that did not ask for recipients: it had some, who were taken.</summary>
    public bool HasUntoldRecipients { get; init; }

    /// <summary>Recipients that the MTA itself refuses.</summary>
    public IReadOnlyList<string> RefusedByMta { get; init; } = [];

    /// <summary>In order.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public string Body { get; init; } = "hello\n";

    /// <summary>Files that come with <see cref="Body"/>: the message is then a multipart.</summary>
    public IReadOnlyList<SampleAttachment> Attachments { get; init; } = [];

    /// <summary>What the decision log knows of the content, in its place; null elsewhere.</summary>
    public MessageContent? Recorded { get; init; }

    /// <summary>Where the message is a file: its bytes, in the place of <see cref="Body"/>.</summary>
    public ReadOnlyMemory<byte>? BodyBytes { get; init; }

    public string QueueId { get; init; } = string.Empty;

    /// <summary>By name without braces, as Postfix has them; what is not here is not told.</summary>
    public IReadOnlyDictionary<string, string> Macros { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Answers of look-ups, by what asks; null for one that fails.</summary>
    public IReadOnlyDictionary<string, string?> Facts { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>With <c>{n}</c> as the number.</summary>
    public SampleMessage Numbered(int number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return this with
        {
            ClientIp = Fill(ClientIp),
            ClientName = Fill(ClientName),
            ClientPtr = Fill(ClientPtr),
            Helo = Fill(Helo),
            MailFrom = Fill(MailFrom),
            Recipients = [.. Recipients.Select(Fill)],
            RefusedByMta = [.. RefusedByMta.Select(Fill)],
            Headers = [.. Headers.Select(header => (header.Name, Fill(header.Value)))],
            Body = Fill(Body),
            Attachments = [.. Attachments.Select(attachment => attachment with { Name = Fill(attachment.Name), Entries = [.. attachment.Entries.Select(Fill)] })],
            QueueId = Fill(QueueId),
            Macros = Macros.ToDictionary(macro => macro.Key, macro => Fill(macro.Value), StringComparer.Ordinal),
        };

        string Fill(string value) => value.Replace("{n}", text, StringComparison.Ordinal);
    }

    /// <summary>With those that attachments need.</summary>
    public IReadOnlyList<(string Name, string Value)> AllHeaders() => Attachments.Count == 0 ? Headers : SampleMultipart.HeadersOf(this);

    /// <summary>Lines ended by CRLF.</summary>
    public ReadOnlyMemory<byte> Content() => Attachments.Count > 0 ? SampleMultipart.BodyOf(this) : BodyBytes ?? MailText.Encode(BodyText());

    /// <summary>The body's text with its line ends.</summary>
    public string BodyText() => Body.ReplaceLineEndings("\r\n") is var text && text.EndsWith('\n') ? text : text + "\r\n";

    /// <summary>The fields of a message file.</summary>
    public SampleMessage WithFile(ReadOnlyMemory<byte> file)
    {
        var (headers, body) = MailFile.Parse(file);
        return this with { Headers = [.. headers.Select(header => (MailText.Decode(header.Name.Span), MailText.Decode(header.Value.Span).TrimStart(' ')))], BodyBytes = body, Attachments = [] };
    }
}
