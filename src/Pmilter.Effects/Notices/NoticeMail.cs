using System.Globalization;
using System.Text;
using MimeKit;

namespace Pmilter.Effects.Notices;

/// <summary>A notice as a message: generated, answered by nobody (RFC 3834), and marked as ours.</summary>
internal static class NoticeMail
{
    private const int MaxSubjectCharacters = 150;

    public static MimeMessage Of(NoticeReport notice, MailOptions options)
    {
        var message = new MimeMessage { Date = notice.Time, Subject = $"[pmilter] {SubjectOf(notice.Text)}", MessageId = $"{notice.Id}@{options.Name}" };
        message.From.Add(new MailboxAddress("Pmilter", options.From));
        message.To.Add(new MailboxAddress(string.Empty, options.Recipient));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("X-Pmilter-Notice", notice.Id);
        message.Body = new TextPart("plain") { Text = TextOf(notice) };
        return message;
    }

    private static string SubjectOf(string text)
    {
        var line = text.Split('\n', 2)[0].TrimEnd();
        return line.Length <= MaxSubjectCharacters ? line : line[..MaxSubjectCharacters];
    }

    private static string TextOf(NoticeReport notice)
    {
        var text = new StringBuilder(notice.Text).Append("\n\n");
        Add("event", notice.Event);
        Add("subject", notice.Subject);
        Add("key", string.Join(", ", notice.Key));
        Add("until", notice.Until is { } until ? Moment(until) : string.Empty);
        Add("rule", notice.Rule.Length > 0 ? $"{notice.Policy}/{notice.Rule}" : string.Empty);
        Add("verdict", notice.Verdict);
        Add("phase", notice.Phase);
        Add("counter", notice.Counter.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{notice.Counter}: {notice.Count:0.###} > {notice.Max:0.###}") : string.Empty);
        Add("client", $"{notice.Client} {notice.Country}".Trim());
        Add("mail from", notice.MailFrom);
        Add("rcpt to", notice.Recipient);
        Add("sasl login", notice.SaslLogin);
        Add("queue id", notice.QueueId);
        Add("decision id", notice.DecisionId);
        Add("server", notice.Host);
        Add("time", Moment(notice.Time));
        Add("not sent", notice.LeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $"{notice.LeftOut} more since the last one") : string.Empty);
        return text.ToString();

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");
            }
        }
    }

    private static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
