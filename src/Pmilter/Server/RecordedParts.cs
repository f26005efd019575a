using System.Text.Json;
using Pmilter.Policies.Mail.Content;

namespace Pmilter.Server;

/// <summary>
/// A message's parts in the decision log: every fact of them that a rule can ask for, but their texts, of which the answers are kept.
/// </summary>
internal static class RecordedParts
{
    /// <summary>Further names are not kept; the parts then count as not looked at to the end.</summary>
    private const int MostNames = 1000;

    public static void Write(Utf8JsonWriter json, MessageContent content, Func<string, string> shown)
    {
        var names = 0;
        json.WriteStartArray("parts");
        foreach (var part in content.Parts)
        {
            json.WriteStartObject();
            json.WriteString("type", part.Type);
            WriteNames(json, "names", part.Names, shown, ref names);
            json.WriteString("disposition", part.Disposition);
            json.WriteString("charset", part.Charset);
            json.WriteNumber("depth", part.Depth);
            json.WriteNumber("size", part.Size);
            if (part.Entries.Count > 0)
            {
                WriteNames(json, "entries", part.Entries, shown, ref names);
            }

            if (part.IsEncrypted)
            {
                json.WriteBoolean("encrypted", part.IsEncrypted);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (content.IsTruncated || names > MostNames)
        {
            json.WriteString("parts_until", (content.IsTruncated ? content.Bound : ContentBound.ArchiveNames).ToString());
        }
    }

    /// <summary>With the answers of the time; whoever asks anything else has no answer.</summary>
    public static MessageContent Read(JsonElement values)
    {
        var content = new MessageContent { IsRecorded = true };
        foreach (var value in values.EnumerateObject())
        {
            if (value.Name.EndsWith(')') && value.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                content.Answer(value.Name, value.Value.GetBoolean());
            }
        }

        content.IsTextTruncated = values.TryGetProperty("body_truncated", out var truncated) && truncated.ValueKind == JsonValueKind.True;
        if (values.TryGetProperty("parts_until", out var bound) && Enum.TryParse<ContentBound>(bound.GetString(), out var until))
        {
            content.Bound = until;
        }

        if (values.TryGetProperty("parts", out var parts))
        {
            foreach (var part in parts.EnumerateArray())
            {
                content.Add(ReadPart(part));
            }
        }

        return content;
    }

    private static ContentPart ReadPart(JsonElement json)
    {
        var part = new ContentPart
        {
            Type = json.GetProperty("type").GetString() ?? string.Empty,
            Disposition = json.GetProperty("disposition").GetString() ?? string.Empty,
            Charset = json.GetProperty("charset").GetString() ?? string.Empty,
            Depth = json.GetProperty("depth").GetInt32(),
            Size = json.GetProperty("size").GetDouble(),
            IsEncrypted = json.TryGetProperty("encrypted", out _),
        };
        foreach (var name in json.GetProperty("names").EnumerateArray())
        {
            part.AddName(name.GetString() ?? string.Empty);
        }

        if (json.TryGetProperty("entries", out var entries))
        {
            foreach (var entry in entries.EnumerateArray())
            {
                part.AddEntry(entry.GetString() ?? string.Empty);
            }
        }

        return part;
    }

    private static void WriteNames(Utf8JsonWriter json, string key, IReadOnlyList<string> all, Func<string, string> shown, ref int names)
    {
        json.WriteStartArray(key);
        foreach (var name in all)
        {
            if (++names <= MostNames)
            {
                json.WriteStringValue(shown(name));
            }
        }

        json.WriteEndArray();
    }
}
