using System.CommandLine;
using System.Text.Json;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Binding.Steps;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter fields</c>: the language's vocabulary, out of the tables that the binder uses.</summary>
internal static class FieldsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("fields", "Lists every field, function and step that policies may use, and from which phase on. Example: pmilter fields --format json");
        var format = new Option<string>("--format") { Description = "text or json; pmilter docs writes Markdown", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(format);
        command.SetAction(parsed => Write(parsed.GetValue(format)!, terminal.Output));
        return command;
    }

    private static void Write(string format, Page output)
    {
        switch (format)
        {
            case "json":
                JsonOutput.Write(output, WriteJson);
                break;
            default:
                Fields().Write(output);
                output.WriteLine();
                Functions().Write(output);
                output.WriteLine();
                Steps().Write(output);
                break;
        }
    }

    private static TextTable Fields()
    {
        var fields = new TextTable("FIELD", "TYPE", "PHASE", "MEANING");
        foreach (var field in FieldCatalog.All)
        {
            fields.Add(field.Name, Word(field.Type), field.IsOfPart ? "in any_part" : (field.IsOnly ? "only " : "from ") + Word(field.First), field.Summary);
        }

        return fields;
    }

    private static TextTable Functions()
    {
        var functions = new TextTable("FUNCTION", "MEANING");
        foreach (var function in FunctionCatalog.All)
        {
            functions.Add(function.Signature, function.Summary + Later(function.IsAvailable));
        }

        return functions;
    }

    private static TextTable Steps()
    {
        var steps = new TextTable("STEP", "EXAMPLE", "MEANING");
        foreach (var step in StepCatalog.All)
        {
            steps.Add(step.Name, step.Shapes.Count > 0 ? step.Shapes[0] : "-", step.Documentation);
        }

        return steps;
    }

    private static string Later(bool isAvailable) => isAvailable ? string.Empty : " (a later version)";

    private static void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("fields");
        foreach (var field in FieldCatalog.All)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("type", Word(field.Type));
            json.WriteString("phase", Word(field.First));
            json.WriteBoolean("only", field.IsOnly);
            json.WriteString("meaning", field.Summary);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("functions");
        foreach (var function in FunctionCatalog.All)
        {
            json.WriteStartObject();
            json.WriteString("name", function.Name);
            json.WriteString("signature", function.Signature);
            json.WriteString("meaning", function.Summary);
            json.WriteBoolean("available", function.IsAvailable);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("steps");
        foreach (var step in StepCatalog.All)
        {
            WriteStep(json, step);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, StepEntry step)
    {
        json.WriteStartObject();
        json.WriteString("name", step.Name);
        json.WriteStartArray("examples");
        foreach (var shape in step.Shapes)
        {
            json.WriteStringValue(shape);
        }

        json.WriteEndArray();
        json.WriteString("meaning", step.Documentation);
        json.WriteBoolean("verdict", step.IsVerdict);
        json.WriteBoolean("available", true);
        json.WriteEndObject();
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
