using System.Text.Json;
using Pmilter.Admin;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Web.Feed;

namespace Pmilter.Web;

/// <summary>Decisions as they come, and one of them with the reasons.</summary>
internal sealed class DecisionPart(RecentDecisions recent, Playground playground)
{
    private const int MostRecipients = 20;

    /// <summary>What the list shows; the rest is read when one is opened.</summary>
    private static readonly string[] Shown = ["time", "id", "session", "client", "helo", "mail_from", "sasl_login", "queue_id", "phase", "verdict", "policy", "rule", "mode", "reply", "would", "protected", "took_us", "degraded"];

    /// <param name="after">Only those with a higher number; one above the newest is of a server that ran before.</param>
    public void Write(Utf8JsonWriter json, long after)
    {
        var newest = recent.Newest;
        json.WriteStartObject();
        json.WriteNumber("capacity", RecentDecisions.Capacity);
        json.WriteBoolean("anew", after == 0 || after > newest);
        json.WriteStartArray("decisions");
        foreach (var (number, line) in recent.After(after > newest ? 0 : after))
        {
            using var document = JsonDocument.Parse(line);
            json.WriteStartObject();
            json.WriteNumber("number", number);
            foreach (var name in Shown)
            {
                if (document.RootElement.TryGetProperty(name, out var value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            }

            WriteRecipients(json, document.RootElement.GetProperty("rcpt"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="AdminException">It is not here any more.</exception>
    public async Task<Action<Utf8JsonWriter>> ExplainAsync(long number)
    {
        var line = recent.Find(number) ?? throw new AdminException("this decision is not kept here any more; 'pmilter explain --decision ID' asks the decision log.");
        var explanation = RecordedDecision.Parse(line) is { } decision
            ? await playground.ExplainAsync(decision).ConfigureAwait(false)
            : new Played(null, string.Empty, ["The decision is too large to be kept whole here; 'pmilter explain --decision ID' asks the decision log."]);
        return json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("decision");
            json.WriteRawValue(line, skipInputValidation: true);
            explanation.WriteTo(json);
            json.WriteEndObject();
        };
    }

    private static void WriteRecipients(Utf8JsonWriter json, JsonElement recipients)
    {
        json.WriteNumber("rcpt_count", recipients.GetArrayLength());
        json.WriteStartArray("rcpt");
        foreach (var recipient in recipients.EnumerateArray().Take(MostRecipients))
        {
            recipient.WriteTo(json);
        }

        json.WriteEndArray();
    }
}
