using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Names that authors give: <c>[a-z][a-z0-9_]*</c>.</summary>
public static class Names
{
    public static bool IsName(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetterLower(text[0]))
        {
            return false;
        }

        return text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
    }

    /// <summary>Reports a bad name, and reads it as it is.</summary>
    public static Located<string> Read(YamlScalar scalar, string what, DiagnosticBag diagnostics)
    {
        if (!IsName(scalar.Value))
        {
            var mend = Mend(scalar.Value);
            diagnostics.Add(ShapeDiagnostics.BadName(scalar.Span, what, scalar.Value, IsName(mend) ? $"write {mend}" : null));
        }

        return new Located<string>(scalar.Value, scalar.Span);
    }

    private static string Mend(string written)
    {
        var mended = new StringBuilder();
        foreach (var c in written.ToLowerInvariant())
        {
            mended.Append(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '_');
        }

        return mended.ToString();
    }
}
