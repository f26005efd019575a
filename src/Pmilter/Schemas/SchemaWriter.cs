using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Schemas;

/// <summary>Key tables as a JSON Schema of draft 7, which YAML language servers know best. What a schema cannot say is left to <c>pmilter check</c>.</summary>
internal static class SchemaWriter
{
    public static string Write(SchemaKind kind)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // The text is for files and editors, never for a web page: quotes stay readable.
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", kind.Title);
            json.WriteString("$comment", $"Made by 'pmilter schema {kind.Word}' out of the tables that the reader uses.");
            WriteTable(json, kind.Root);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>Members of an object that is begun.</summary>
    private static void WriteTable(Utf8JsonWriter json, KeyTable table)
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        if (table.Entries.Any(entry => entry.IsRequired))
        {
            json.WriteStartArray("required");
            foreach (var entry in table.Entries.Where(entry => entry.IsRequired))
            {
                json.WriteStringValue(entry.Name);
            }

            json.WriteEndArray();
        }

        if (table.ExactlyOneOf.Count > 0)
        {
            WriteExactlyOne(json, table.ExactlyOneOf);
        }

        json.WriteStartObject("properties");
        foreach (var entry in table.Entries)
        {
            json.WriteStartObject(entry.Name);
            json.WriteString("description", Description(entry));
            WriteForm(json, entry.Form);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteExactlyOne(Utf8JsonWriter json, IReadOnlyList<string> keys)
    {
        json.WriteStartArray("oneOf");
        foreach (var key in keys)
        {
            json.WriteStartObject();
            json.WriteStartArray("required");
            json.WriteStringValue(key);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteForm(Utf8JsonWriter json, ValueForm form)
    {
        switch (form)
        {
            case TableForm table:
                WriteTable(json, table.Table);
                break;
            case StepsForm:
                json.WriteString("type", "array");
                json.WriteNumber("minItems", 1);
                json.WriteStartObject("items");
                StepSchema.Write(json, WriteForm);
                json.WriteEndObject();
                break;
            case ListForm list:
                json.WriteString("type", "array");
                if (list.Least > 0)
                {
                    json.WriteNumber("minItems", list.Least);
                }

                json.WriteStartObject("items");
                WriteForm(json, list.Item);
                json.WriteEndObject();
                break;
            case MapForm map:
                json.WriteString("type", "object");
                // Not propertyNames, which fewer tools know.
                if (!map.HasAnyKey)
                {
                    json.WriteBoolean("additionalProperties", false);
                    json.WriteStartObject("patternProperties");
                }

                json.WriteStartObject(map.HasAnyKey ? "additionalProperties" : ScalarSchema.Name);
                WriteForm(json, map.Value);
                json.WriteEndObject();
                if (!map.HasAnyKey)
                {
                    json.WriteEndObject();
                }

                break;
            case EitherForm either:
                json.WriteStartArray("anyOf");
                foreach (var one in either.Forms)
                {
                    json.WriteStartObject();
                    WriteForm(json, one);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                ScalarSchema.Write(json, form);
                break;
        }
    }

    /// <summary>What an editor shows: the meaning, what may be written, and the default.</summary>
    private static string Description(KeyEntry entry)
    {
        var text = new StringBuilder(entry.Meaning);
        if (IsWorthSaying(entry.Form))
        {
            var words = entry.Form.Words.Replace("`", string.Empty, StringComparison.Ordinal);
            text.Append(' ').Append(char.ToUpperInvariant(words[0])).Append(words, 1, words.Length - 1).Append('.');
        }

        return entry.Default.Length > 0 && entry.Form is not LaterForm ? text.Append(" Default: ").Append(entry.Default).ToString() : text.ToString();
    }

    /// <summary>Not what the editor shows by itself: the words of a choice, and that text is text.</summary>
    private static bool IsWorthSaying(ValueForm form) => form switch
    {
        TextForm text => text.Shown != "text",
        NameForm name => name.Shown != "name",
        ExpressionForm expression => expression.Shown != "condition",
        IntegerForm integer => integer.Least < integer.Most,
        TableForm or StepsForm or LaterForm or ChoiceForm or BoolForm => false,
        _ => true,
    };
}
