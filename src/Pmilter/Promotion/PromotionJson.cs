using System.Text.Json;

namespace Pmilter.Promotion;

/// <summary>What a promotion knows and changes, for programs.</summary>
internal static class PromotionJson
{
    private const int Most = 100;

    /// <param name="count">Null: there is no decision log to know it from.</param>
    /// <param name="plan">Null: all is enforced already.</param>
    public static void Write(Utf8JsonWriter json, PromotionTarget target, WouldCount? count, PromotionPlan? plan, bool isChanged)
    {
        json.WriteStartObject();
        json.WriteString("name", target.Name);
        json.WriteBoolean("changed", isChanged);
        json.WriteStartArray("rules");
        foreach (var rule in target.Watching)
        {
            json.WriteStringValue($"{rule.Policy}/{rule.Id}");
        }

        json.WriteEndArray();
        if (count is null)
        {
            json.WriteNull("would");
        }
        else
        {
            json.WriteStartObject("would");
            Write(json, count);
            json.WriteEndObject();
        }

        json.WriteStartArray("files");
        foreach (var file in plan?.Files ?? [])
        {
            json.WriteStartObject();
            json.WriteString("path", file.Source.Path);
            json.WriteString("diff", UnifiedDiff.Of(file.Source.Path, file.Source.Text, file.Apply().Text));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WouldCount count)
    {
        json.WriteString("from", count.From.UtcDateTime);
        json.WriteString("to", count.To.UtcDateTime);
        json.WriteNumber("messages", count.Messages);
        json.WriteNumber("met", count.Met);
        json.WriteNumber("authenticated", count.Authenticated);
        json.WriteNumber("refused_anyway", count.RefusedAnyway);
        Write(json, "verdicts", count.Verdicts.Top(Most));
        Write(json, "rules", count.Rules.Top(Most));
        Write(json, "days", count.Days.ByName);
        Write(json, "senders", count.Senders.Top(Most));
        Write(json, "sender_domains", count.SenderDomains.Top(Most));
        Write(json, "countries", count.Countries.Top(Most));
        Write(json, "recipient_domains", count.RecipientDomains.Top(Most));
        json.WriteNumber("spared", count.NearMisses.Spared);
        Write(json, "protected", count.NearMisses.Parties.Top(Most));
        json.WriteNumber("near_misses", count.NearMisses.Close);
        Write(json, "near_miss_senders", count.NearMisses.Top(Most));
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<(string Value, int Count)> values)
    {
        json.WriteStartArray(name);
        foreach (var (value, number) in values)
        {
            json.WriteStartObject();
            json.WriteString("value", value);
            json.WriteNumber("count", number);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
