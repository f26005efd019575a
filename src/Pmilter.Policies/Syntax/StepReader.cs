using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads <c>then</c>: bare words and mappings of one key; what the steps mean is the binder's.</summary>
internal static class StepReader
{
    public static ImmutableArray<StepSyntax> Read(MappingReader rule)
    {
        var steps = ImmutableArray.CreateBuilder<StepSyntax>();
        switch (rule.Node("then"))
        {
            case YamlSequence sequence:
                foreach (var item in sequence.Items)
                {
                    ReadItem(item, steps, rule.Diagnostics);
                }

                if (sequence.Items.IsEmpty)
                {
                    rule.Diagnostics.Add(ShapeDiagnostics.StepShape(sequence.Span, "'then' has no steps"));
                }

                break;
            case { } single:
                rule.Diagnostics.Add(ShapeDiagnostics.StepShape(single.Span, $"'then' is {MappingReader.KindOf(single)}; expected a list of steps"));
                ReadItem(single, steps, rule.Diagnostics);
                break;
        }

        return steps.ToImmutable();
    }

    private static void ReadItem(YamlNode item, ImmutableArray<StepSyntax>.Builder steps, DiagnosticBag diagnostics)
    {
        switch (item)
        {
            case YamlScalar { IsEmpty: false } word:
                steps.Add(new StepSyntax(new Located<string>(word.Value, word.Span), null, word.Span));
                break;
            case YamlMapping { Entries.Length: > 0 } mapping:
                if (mapping.Entries.Length > 1)
                {
                    diagnostics.Add(ShapeDiagnostics.StepShape(mapping.Entries[1].Key.Span, "a second key in one step"));
                }

                foreach (var entry in mapping.Entries)
                {
                    CheckTexts(entry.Value, diagnostics);
                    var argument = entry.Value is YamlScalar { IsEmpty: true } ? null : entry.Value;
                    steps.Add(new StepSyntax(new Located<string>(entry.Key.Value, entry.Key.Span), argument, entry.Key.Span.To(entry.Value.Span)));
                }

                break;
            default:
                diagnostics.Add(ShapeDiagnostics.StepShape(item.Span, $"a step is {MappingReader.KindOf(item)}"));
                break;
        }
    }

    /// <summary>A reply that ends at <c> #</c> is cut silently by YAML.</summary>
    private static void CheckTexts(YamlNode node, DiagnosticBag diagnostics)
    {
        switch (node)
        {
            case YamlScalar { IsCutByComment: true } scalar when scalar.Value.Contains(' ', StringComparison.Ordinal):
                diagnostics.Add(YamlDiagnostics.CutByComment(scalar.Span));
                break;
            case YamlSequence sequence:
                foreach (var item in sequence.Items)
                {
                    CheckTexts(item, diagnostics);
                }

                break;
            case YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    CheckTexts(entry.Value, diagnostics);
                }

                break;
        }
    }
}
