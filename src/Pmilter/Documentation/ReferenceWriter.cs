using Pmilter.Commands;
using Pmilter.Configuration;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Binding.Steps;
using Pmilter.Policies.Vocabulary;
using Pmilter.Rehearsal.Tests;

namespace Pmilter.Documentation;

/// <summary>The whole language as Markdown, out of the tables that readers and binder use.</summary>
internal sealed class ReferenceWriter(TextWriter output)
{
    public void Write()
    {
        output.WriteLine("# Reference");
        output.WriteLine();
        output.WriteLine("Made by `pmilter docs` out of the tables that the program uses; a test keeps it current. [The policy language](policy-language.md) explains");
        output.WriteLine("it in order, [diagnostics](diagnostics.md) what `pmilter check` says. Durations have a unit (`20ms 10s 5m 2h 7d`), sizes may (`256kB 64MB 1GB`).");
        WriteFile("Policy files", PolicyKeys.File, 2);
        Heading(2, "Steps");
        WriteSteps();
        Heading(2, "Fields");
        output.WriteLine();
        output.WriteLine("Never null: a missing text is `''`, a missing number 0. A field is known from its phase on; *only* there where the table says so.");
        foreach (var phase in FieldCatalog.All.GroupBy(field => field.First))
        {
            Heading(3, $"{(phase.All(field => field.IsOnly) ? "Only at" : "From")} {PhaseWords.Of(phase.Key)}");
            WriteFields(phase);
        }

        Heading(2, "Functions");
        WriteFunctions();
        WriteFile("pmilter.yaml", ServerKeys.File, 2);
        WriteFile("Policy tests", PolicyTestKeys.File, 2);
    }

    /// <summary>A table, then every table that its keys lead to, each once.</summary>
    private void WriteFile(string title, KeyTable file, int level)
    {
        Heading(level, title);
        WriteKeys(file);
        foreach (var inner in file.Inner())
        {
            Heading(level + 1, $"Keys of {inner.Where}");
            WriteKeys(inner);
        }
    }

    private void WriteKeys(KeyTable keys)
    {
        var table = new TextTable("KEY", "VALUE", "DEFAULT", "MEANING");
        foreach (var entry in keys.Entries)
        {
            var standard = entry.IsRequired ? "required" : entry.Default.Length > 0 ? $"`{entry.Default}`" : "-";
            table.Add(entry.Name, entry.Form.Words, standard, entry.Meaning);
        }

        WriteTable(table);
    }

    private void WriteSteps()
    {
        var table = new TextTable("STEP", "EXAMPLES", "PHASES", "MEANING");
        foreach (var step in StepCatalog.All)
        {
            var shapes = step.Shapes.Count > 0 ? string.Join(" or ", step.Shapes.Select(shape => $"`{shape}`")) : "-";
            table.Add(step.Name, shapes, PhaseWords.Of(step.Phases), (step.IsVerdict ? "Verdict. " : string.Empty) + step.Documentation);
        }

        WriteTable(table);
    }

    private void WriteFields(IEnumerable<Field> fields)
    {
        var table = new TextTable("FIELD", "TYPE", "MEANING");
        foreach (var field in fields)
        {
            table.Add(field.Name, PhaseWords.Lower(field.Type), (field.IsOfPart ? "Only inside any_part() and parts(). " : field.IsOnly ? $"Only at {PhaseWords.Of(field.First)}. " : string.Empty) + field.Summary);
        }

        WriteTable(table);
    }

    private void WriteFunctions()
    {
        var table = new TextTable("FUNCTION", "FROM PHASE", "MEANING");
        foreach (var function in FunctionCatalog.All)
        {
            table.Add(function.Signature, function.IsAvailable ? PhaseWords.Of(function.First) : "-", function.IsAvailable ? function.Summary : $"{function.Summary} (a later version)");
        }

        WriteTable(table);
    }

    private void Heading(int level, string title)
    {
        output.WriteLine();
        output.WriteLine($"{new string('#', level)} {title}");
    }

    private void WriteTable(TextTable table)
    {
        output.WriteLine();
        table.WriteMarkdown(output);
    }
}
