using System.Text.Json;
using Pmilter.Policies.Binding.Steps;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Schemas;

/// <summary>One step of <c>then</c>: a bare word, or a mapping of one key.</summary>
internal static class StepSchema
{
    /// <summary>Members of an object that is begun.</summary>
    public static void Write(Utf8JsonWriter json, Action<Utf8JsonWriter, ValueForm> writeForm)
    {
        var steps = StepCatalog.All;
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        json.WriteStartArray("enum");
        foreach (var step in steps.Where(step => step.IsBare))
        {
            json.WriteStringValue(step.Name);
        }

        json.WriteEndArray();
        json.WriteStartArray("enumDescriptions");
        foreach (var step in steps.Where(step => step.IsBare))
        {
            json.WriteStringValue(step.Documentation);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteNumber("minProperties", 1);
        json.WriteNumber("maxProperties", 1);
        json.WriteStartObject("properties");
        foreach (var step in steps)
        {
            WriteStep(json, step, writeForm);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteStep(Utf8JsonWriter json, StepEntry step, Action<Utf8JsonWriter, ValueForm> writeForm)
    {
        json.WriteStartObject(step.Name);
        json.WriteString("description", $"{step.Documentation} Example: {string.Join(" or ", step.Shapes)}");
        switch (step)
        {
            case { Argument: null }:
                json.WriteString("type", "null");
                break;
            case { IsBare: true }:
                json.WriteStartArray("anyOf");
                json.WriteStartObject();
                writeForm(json, step.Argument);
                json.WriteEndObject();
                json.WriteStartObject();
                json.WriteString("type", "null");
                json.WriteEndObject();
                json.WriteEndArray();
                break;
            default:
                writeForm(json, step.Argument);
                break;
        }

        json.WriteEndObject();
    }
}
