using System.CommandLine;
using Pmilter.Schemas;

namespace Pmilter.Commands;

/// <summary><c>pmilter schema</c>: what an editor needs to complete keys and to explain them.</summary>
internal static class SchemaCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "schema",
            "Prints the JSON Schema of policy files (default), of policy tests or of pmilter.yaml, with which editors complete and explain keys. "
            + "Example: pmilter schema --output docs/schema");
        var kind = new Argument<string>("KIND") { Description = "policy, test or server", DefaultValueFactory = _ => "policy" };
        kind.AcceptOnlyFromAmong([.. SchemaKind.All.Select(known => known.Word)]);
        var folder = new Option<string?>("--output", "-o") { Description = "write all of them into this folder: policy.schema.json, test.schema.json, server.schema.json" };
        command.Arguments.Add(kind);
        command.Options.Add(folder);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(folder) is { } given)
            {
                return WriteFiles(given, terminal);
            }

            terminal.Output.Write(SchemaWriter.Write(SchemaKind.All.First(known => known.Word == parsed.GetValue(kind))));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static int WriteFiles(string folder, Terminal terminal)
    {
        Directory.CreateDirectory(folder);
        foreach (var kind in SchemaKind.All)
        {
            File.WriteAllText(Path.Combine(folder, kind.FileName), SchemaWriter.Write(kind));
            terminal.Error.WriteLine($"Wrote {Path.Combine(folder, kind.FileName)}.");
        }

        return ExitCodes.Ok;
    }
}
