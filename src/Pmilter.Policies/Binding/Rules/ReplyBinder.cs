using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Reply texts: codes split off, holes bound, the whole checked as the MTA will take it with every hole at its longest.</summary>
internal sealed class ReplyBinder(ExpressionBinder binder, DiagnosticBag diagnostics)
{
    /// <summary>Field values are cut at 60 characters.</summary>
    private const int LongestValue = 60;

    public BoundReply? Bind(VerdictWord word, IReadOnlyList<YamlScalar> lines, BindingSite site, TemplateKind kind)
    {
        var expected = word == VerdictWord.Tempfail ? '4' : '5';
        var verdict = word == VerdictWord.Tempfail ? "tempfail" : "reject";
        var first = ReplyText.Parse(lines[0].Value);
        var code = first.Code ?? (expected == '4' ? 451 : 550);
        if (!CheckClass(lines[0], first, expected, verdict))
        {
            return null;
        }

        var templates = ImmutableArray.CreateBuilder<TextTemplate>(lines.Count);
        var longest = new List<string>(lines.Count);
        foreach (var line in lines)
        {
            // Later lines may repeat the codes of the first, as SMTP itself shows them.
            var text = ReplyText.Parse(line.Value);
            var start = ReferenceEquals(line, lines[0]) || (text.Code == first.Code && string.Equals(text.EnhancedCode, first.EnhancedCode, StringComparison.Ordinal)) ? text.Start : 0;
            var rest = start == 0 ? line : new YamlScalar(line.SpanOf(start, line.Value.Length - start), line.Value[start..], YamlStyle.Plain);
            if (binder.BindTemplate(rest, site, kind) is not { } template)
            {
                return null;
            }

            templates.Add(template);
            longest.Add(AtLongest(rest.Value));
        }

        if (!SmtpReply.TryCreate(code, first.EnhancedCode, longest, out _, out var error))
        {
            diagnostics.Add(PolicyDiagnostics.BadReply(lines[0].Span, error));
            return null;
        }

        return new BoundReply(code, first.EnhancedCode, templates.ToImmutable());
    }

    private bool CheckClass(YamlScalar line, ReplyText text, char expected, string verdict)
    {
        var code = text.Code?.ToString(CultureInfo.InvariantCulture);
        if (code is not null && text.EnhancedCode.Length > 0 && code[0] != text.EnhancedCode[0])
        {
            diagnostics.Add(PolicyDiagnostics.ReplyClassesDiffer(line.Span, code, text.EnhancedCode));
            return false;
        }

        var leading = code ?? text.EnhancedCode;
        if (leading.Length > 0 && leading[0] != expected)
        {
            diagnostics.Add(PolicyDiagnostics.ReplyClass(line.Span, verdict, leading, expected));
            return false;
        }

        return true;
    }

    private static string AtLongest(string text)
    {
        var longest = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '{' && i + 1 < text.Length && text[i + 1] != '{' && text.IndexOf('}', i) is var end and > 0)
            {
                longest.Append('x', LongestValue);
                i = end;
                continue;
            }

            i += text[i] == '{' ? 1 : 0;
            longest.Append(text[Math.Min(i, text.Length - 1)]);
        }

        return longest.ToString();
    }
}
