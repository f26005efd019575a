using System.Buffers;
using System.Text.Json;

namespace Pmilter.Web.Feed;

/// <summary>A line of the decision log that is too long to be kept whole: its values go, long texts and lists are cut.</summary>
internal static class ShortenedLine
{
    private const int MostCharacters = 200;
    private const int MostItems = 20;

    public static byte[] Of(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject().Where(property => property.Name is not ("values" or "counters")))
            {
                json.WritePropertyName(property.Name);
                Write(json, property.Value);
            }

            json.WriteBoolean("shortened", value: true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var text = value.GetString() ?? string.Empty;
                json.WriteStringValue(text.Length > MostCharacters ? $"{text[..MostCharacters]}…" : text);
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray().Take(MostItems))
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value);
                }

                json.WriteEndObject();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
