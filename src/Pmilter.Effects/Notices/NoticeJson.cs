using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pmilter.Effects.Notices;

/// <summary>
/// A notice as a webhook gets it. <c>text</c> is what Slack, Mattermost and their like show; the other names are none of theirs.
/// </summary>
internal static class NoticeJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(NoticeReport notice)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("text", Marked(notice.LeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $"{notice.Text} (and {notice.LeftOut} more that were not sent)") : notice.Text));
            json.WriteString("id", notice.Id);
            json.WriteString("time", Moment(notice.Time));
            json.WriteString("server", notice.Host);
            json.WriteString("target", notice.Target);
            json.WriteString("event", notice.Event);
            json.WriteString("subject", notice.Subject);
            json.WriteStartArray("key");
            foreach (var part in notice.Key)
            {
                json.WriteStringValue(part);
            }

            json.WriteEndArray();
            if (notice.Until is { } until)
            {
                json.WriteString("until", Moment(until));
            }
            else
            {
                json.WriteNull("until");
            }

            WriteRule(json, notice);
            WriteMail(json, notice);
            json.WriteNumber("left_out", notice.LeftOut);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteRule(Utf8JsonWriter json, NoticeReport notice)
    {
        json.WriteString("policy", notice.Policy);
        json.WriteString("rule", notice.Rule);
        json.WriteString("verdict", notice.Verdict);
        json.WriteString("phase", notice.Phase);
        json.WriteString("decision_id", notice.DecisionId);
        json.WriteString("counter", notice.Counter);
        json.WriteNumber("count", notice.Count);
        json.WriteNumber("max", notice.Max);
    }

    private static void WriteMail(Utf8JsonWriter json, NoticeReport notice)
    {
        json.WriteString("client_ip", notice.Client);
        json.WriteString("client_country", notice.Country);
        json.WriteString("mail_from", notice.MailFrom);
        json.WriteString("rcpt_to", notice.Recipient);
        json.WriteString("sasl_login", notice.SaslLogin);
        json.WriteString("queue_id", notice.QueueId);
    }

    /// <summary>Chat programs take &lt;!channel&gt; and &lt;url|text&gt; for commands and links: a sender's name must be neither.</summary>
    private static string Marked(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
