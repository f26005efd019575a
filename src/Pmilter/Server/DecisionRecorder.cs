using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.State;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;
using Pmilter.Telemetry;
using Pmilter.Web.Feed;

namespace Pmilter.Server;

/// <summary>
/// The decision log: a JSON line for each message, and one for each recipient or connection that was refused. What <c>replay</c>,
/// <c>promote</c> and <c>explain --decision</c> work from; the admin page shows the last of them.
/// </summary>
/// <param name="file">Null where no log is kept.</param>
/// <param name="recent">Null where no page is served.</param>
internal sealed class DecisionRecorder(DecisionFile? file, PersonalText personal, RecentDecisions? recent = null)
{
    /// <summary>The end of a message, whatever came of it; before it, refusals.</summary>
    public static bool IsWorthALine(Decision decision) =>
        decision.Phase == Phase.Eom || decision.Verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard || decision.Outcome == "accept";

    public void Write(ISessionContext session, Transaction transaction, PolicyEngine engine, Decision decision, DateTimeOffset now, TimeSpan took)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteWhen(json, session, engine, decision, now);
            WriteWho(json, session, transaction);
            WriteWhat(json, decision);
            json.WriteNumber("took_us", Math.Round(took.TotalMicroseconds));
            WriteValues(json, engine, transaction);
            json.WriteEndObject();
        }

        recent?.Add(buffer.WrittenSpan);
        file?.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteWhen(Utf8JsonWriter json, ISessionContext session, PolicyEngine engine, Decision decision, DateTimeOffset now)
    {
        json.WriteString("time", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
        json.WriteString("id", decision.Id);
        json.WriteString("session", session.Id);
        json.WriteString("revision", engine.Set.Revision);
    }

    private void WriteWho(Utf8JsonWriter json, ISessionContext session, Transaction transaction)
    {
        var client = transaction.Connection.Client;
        json.WriteStartObject("client");
        json.WriteString("ip", client.Address?.ToString() ?? string.Empty);
        json.WriteString("country", transaction.ClientPlace.Country);
        json.WriteNumber("asn", transaction.ClientPlace.Asn);
        json.WriteString("name", Text(client.Name));
        json.WriteEndObject();
        json.WriteString("helo", Text(transaction.Connection.Helo.Name));
        var sender = transaction.Message.Sender;
        json.WriteString("mail_from", personal.Of("mail_from", Text(sender.Address.Text)));
        json.WriteStartArray("rcpt");
        foreach (var recipient in transaction.Recipient is { } one ? [one] : transaction.Message.Recipients)
        {
            json.WriteStringValue(personal.Of("rcpt_to", Text(recipient.Address.Text)));
        }

        json.WriteEndArray();
        if (transaction.Message.Recipients.Any(recipient => recipient.IsRefusedByMta))
        {
            json.WriteStartArray("mta_refused");
            foreach (var recipient in transaction.Message.Recipients.Where(recipient => recipient.IsRefusedByMta))
            {
                json.WriteStringValue(personal.Of("rcpt_to", Text(recipient.Address.Text)));
            }

            json.WriteEndArray();
        }

        json.WriteString("sasl_login", personal.Of("sasl_login", Text(sender.Login)));
        json.WriteString("queue_id", Text(session.Macros["i"] ?? string.Empty));
    }

    private void WriteProtected(Utf8JsonWriter json, Decision decision)
    {
        if (decision.Protected.Count == 0)
        {
            return;
        }

        json.WriteStartArray("protected");
        foreach (var spared in decision.Protected)
        {
            json.WriteStartObject();
            json.WriteString("policy", spared.Rule.Policy);
            json.WriteString("rule", spared.Rule.Id);
            json.WriteString("verdict", spared.Outcome);
            json.WriteString("section", spared.Party.Section);
            json.WriteString("party", spared.Party.Section switch
            {
                "recipients" => personal.Of("rcpt_to", Text(spared.Party.Value)),
                "logins" => personal.Of("sasl_login", Text(spared.Party.Value)),
                _ => spared.Party.Value,
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteWhat(Utf8JsonWriter json, Decision decision)
    {
        json.WriteString("phase", Word(decision.Phase));
        json.WriteString("verdict", decision.Outcome);
        json.WriteString("policy", decision.Rule?.Policy ?? string.Empty);
        json.WriteString("rule", decision.Rule?.Id ?? string.Empty);
        json.WriteString("mode", decision.Rule is { } rule ? Word(rule.Mode) : string.Empty);
        json.WriteString("reply", decision.Verdict.Reply?.Show("\n") ?? string.Empty);
        json.WriteStartArray("would");
        foreach (var would in decision.Would)
        {
            json.WriteStartObject();
            json.WriteString("policy", would.Rule.Policy);
            json.WriteString("rule", would.Rule.Id);
            json.WriteString("verdict", would.Outcome);
            json.WriteString("reply", would.ReplyText);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteProtected(json, decision);
        WriteNotices(json, decision);
        json.WriteStartObject("counters");
        if (decision.Counter is { } counter)
        {
            json.WriteStartObject(counter.Name);
            json.WriteStartArray("key");
            foreach (var part in KeyFolding.Split(counter.Key))
            {
                json.WriteStringValue(personal.OfKey(Text(part)));
            }

            json.WriteEndArray();
            json.WriteNumber("value", counter.Value);
            json.WriteNumber("max", counter.Max);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (decision.IsDegraded)
        {
            json.WriteString("degraded", "local");
        }
    }

    private static void WriteNotices(Utf8JsonWriter json, Decision decision)
    {
        if (decision.Notices.Count == 0)
        {
            return;
        }

        json.WriteStartArray("notices");
        foreach (var notice in decision.Notices)
        {
            json.WriteStringValue(notice.Target);
        }

        json.WriteEndArray();
    }

    private void WriteValues(Utf8JsonWriter json, PolicyEngine engine, Transaction transaction)
    {
        json.WriteStartObject("values");
        foreach (var (name, value) in engine.ReadValues())
        {
            switch (value)
            {
                case double number:
                    json.WriteNumber(name, number);
                    break;
                case bool truth:
                    json.WriteBoolean(name, truth);
                    break;
                case null:
                    json.WriteNull(name);
                    break;
                default:
                    json.WriteString(name, personal.Of(name, Text((string)value)));
                    break;
            }
        }

        if (engine.Set.ContentNeeds != ContentNeeds.None && transaction.Phase == Phase.Eom)
        {
            RecordedParts.Write(json, transaction.Message.Content, name => personal.OfFile(Text(name)));
        }

        json.WriteEndObject();
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>JSON is Unicode: bytes that are no UTF-8 become U+FFFD.</summary>
    private static string Text(string text) => text.Any(char.IsSurrogate) ? Encoding.UTF8.GetString(MailText.Encode(text)) : text;
}
