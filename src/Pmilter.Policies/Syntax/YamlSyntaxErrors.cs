using Pmilter.Policies.Text;
using YamlDotNet.Core;

namespace Pmilter.Policies.Syntax;

/// <summary>Says in plain words what stopped the YAML parser: its own messages name grammar rules, authors need the trap's name.</summary>
internal static class YamlSyntaxErrors
{
    public static Diagnostic Explain(SourceText source, YamlException error)
    {
        var at = (int)Math.Clamp(error.Start.Index, 0, source.Text.Length);
        var (lineNumber, column) = source.PositionOf(at);
        var line = source.LineAt(lineNumber);
        var here = new SourceSpan(source, at, 1);
        var message = error.Message;

        if (message.Contains("tab", StringComparison.Ordinal) && TabLine(source, lineNumber) is { } tab)
        {
            return YamlDiagnostics.Tab(tab);
        }

        if (message.Contains("invalid mapping", StringComparison.Ordinal) || message.Contains("mapping values", StringComparison.Ordinal))
        {
            return YamlDiagnostics.ColonInText(here);
        }

        if (message.Contains("did not find expected key", StringComparison.Ordinal) && BeforeOnLine(line, column) is { } before)
        {
            return before is '}' or ']' ? YamlDiagnostics.LeadingBrace(here) : YamlDiagnostics.LeadingQuote(here, before);
        }

        if (message.Contains("cannot start any token", StringComparison.Ordinal) && at < source.Text.Length)
        {
            return source.Text[at] == '\t'
                ? YamlDiagnostics.Tab(here)
                : YamlDiagnostics.Syntax(here, $"text cannot begin with {source.Text[at]} in YAML", "put it in quotes");
        }

        if (message.Contains("unknown escape", StringComparison.Ordinal))
        {
            return YamlDiagnostics.Syntax(here, "in double quotes a backslash begins a YAML escape, and this one is unknown", "use single quotes");
        }

        if (message.Contains("end of stream", StringComparison.Ordinal))
        {
            return YamlDiagnostics.Syntax(here, "a quote opens here and is never closed", "close it, or put the whole value in the other kind of quotes");
        }

        return YamlDiagnostics.Syntax(here, "this is not YAML: " + Plain(message), HintOf(message));
    }

    /// <summary>The closing quote or bracket that ends a value right before the error.</summary>
    private static char? BeforeOnLine(string line, int column)
    {
        var before = line.AsSpan(0, Math.Min(column - 1, line.Length)).TrimEnd();
        return before.Length > 0 && before[^1] is '\'' or '"' or '}' or ']' ? before[^1] : null;
    }

    private static SourceSpan? TabLine(SourceText source, int from)
    {
        for (var line = from; line <= Math.Min(from + 2, source.LineCount); line++)
        {
            var text = source.LineAt(line);
            var tab = text.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && text.AsSpan(0, tab).Trim().IsEmpty)
            {
                return new SourceSpan(source, source.OffsetOf(line, tab + 1), 1);
            }
        }

        return null;
    }

    private static string Plain(string message)
    {
        var text = message.TrimEnd('.');
        return text.Length == 0 ? "unexpected text" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static string HintOf(string message) =>
        message.Contains("flow", StringComparison.Ordinal) ? "a { or [ is not closed, or a comma is missing"
        : message.Contains("multiline", StringComparison.Ordinal) ? "write a blank behind the colon: key: value"
        : message.Contains("Block sequence", StringComparison.Ordinal) ? "begin the list on the next line, or quote text that begins with -"
        : "check the indentation: keys of one mapping begin in one column";
}
