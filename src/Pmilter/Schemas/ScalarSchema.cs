using System.Text.Json;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Schemas;

/// <summary>
/// Values that are one scalar. YAML tools see numbers and truth values where Pmilter reads text: free text takes them too, so that no
/// editor marks what <c>pmilter check</c> accepts.
/// </summary>
internal static class ScalarSchema
{
    public const string Name = "^[a-z][a-z0-9_]*$";
    private const string Duration = @"^[0-9]+(\.[0-9]+)? *(ms|s|m|h|d)$";
    private const string Size = @"^[0-9]+(\.[0-9]+)? *([kKmMgG]?[bB]|[kKmMgG])$";
    private const string Share = @"^[0-9]+(\.[0-9]+)? *%$";

    /// <summary>Members of an object that is begun.</summary>
    public static void Write(Utf8JsonWriter json, ValueForm form)
    {
        switch (form)
        {
            case NameForm:
                WritePattern(json, Name);
                break;
            case TextForm { Pattern.Length: > 0 } text:
                WritePattern(json, text.Pattern);
                break;
            case TextForm:
                WriteTypes(json, "string", "number", "boolean");
                break;
            case DurationForm:
                WritePattern(json, Duration);
                break;
            case ShareForm:
                WritePattern(json, Share);
                break;
            case ExpressionForm { IsKeyPart: true }:
                WriteKeyPart(json);
                break;
            case ExpressionForm:
                WriteTypes(json, "string", "number", "boolean");
                break;
            case ChoiceForm choice:
                WriteWords(json, choice.Choices);
                break;
            case SizeForm size:
                WriteTypes(json, "string", "integer");
                json.WriteString("pattern", Size);
                json.WriteNumber("minimum", size.Least);
                json.WriteNumber("maximum", size.Most);
                break;
            case IntegerForm integer:
                json.WriteString("type", "integer");
                json.WriteNumber("minimum", integer.Least);
                json.WriteNumber("maximum", integer.Most);
                break;
            case NumberForm:
                json.WriteString("type", "number");
                break;
            case BoolForm:
                json.WriteString("type", "boolean");
                break;
            case LaterForm:
                break;
            default:
                throw new InvalidOperationException($"{form.GetType().Name} has no schema.");
        }
    }

    public static void WritePattern(Utf8JsonWriter json, string pattern)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", pattern);
    }

    public static void WriteWords(Utf8JsonWriter json, IEnumerable<string> words)
    {
        json.WriteStartArray("enum");
        foreach (var word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    /// <summary>Fields for completion, each with its meaning, and any other text: an expression.</summary>
    private static void WriteKeyPart(Utf8JsonWriter json)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        WriteWords(json, FieldCatalog.All.Select(field => field.Name));
        json.WriteStartArray("enumDescriptions");
        foreach (var field in FieldCatalog.All)
        {
            json.WriteStringValue(field.Summary);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteTypes(Utf8JsonWriter json, params ReadOnlySpan<string> types)
    {
        json.WriteStartArray("type");
        foreach (var type in types)
        {
            json.WriteStringValue(type);
        }

        json.WriteEndArray();
    }
}
