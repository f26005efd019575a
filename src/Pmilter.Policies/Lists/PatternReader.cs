using System.Text.RegularExpressions;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>Compiles a named regular expression; what is wrong with it is reported at its place in the pattern.</summary>
internal static class PatternReader
{
    public static PatternSyntax? Read(YamlEntry entry, DiagnosticBag diagnostics)
    {
        if (entry.Value is not YamlScalar { IsEmpty: false } scalar)
        {
            diagnostics.Add(ListDiagnostics.PatternNotText(entry.Value.Span, entry.Key.Value));
            return null;
        }

        if (scalar.IsCutByComment)
        {
            diagnostics.Add(YamlDiagnostics.CutByComment(scalar.Span));
        }

        try
        {
            return new PatternSyntax(new Located<string>(entry.Key.Value, entry.Key.Span), new Pattern(NormalText.Compose(scalar.Value)));
        }
        catch (RegexParseException e)
        {
            var at = Math.Clamp(e.Offset, 0, scalar.Value.Length);
            diagnostics.Add(ListDiagnostics.BadPattern(at < scalar.Value.Length ? scalar.SpanOf(at, 1) : scalar.Span, Reason(e)));
            return null;
        }
        catch (ArgumentException e)
        {
            diagnostics.Add(ListDiagnostics.BadPattern(scalar.Span, e.Message));
            return null;
        }
    }

    /// <summary>The library's words behind "at offset 3.": "Not enough )'s."</summary>
    private static string Reason(RegexParseException e)
    {
        var marker = e.Message.LastIndexOf(". ", StringComparison.Ordinal);
        return (marker < 0 ? e.Message : e.Message[(marker + 2)..]).TrimEnd('.');
    }
}
