using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Reads a text with <c>{field}</c> holes; <c>{{</c> is a brace.</summary>
internal sealed class TemplateReader(ExpressionPass pass, YamlScalar scalar, TemplateKind kind)
{
    private readonly List<TemplatePart> _parts = [];
    private bool _hasErrors;
    private bool _needsRetryAfter;

    public TextTemplate? Read()
    {
        var text = scalar.Value;
        var position = 0;
        while (position < text.Length)
        {
            var brace = text.IndexOf('{', position);
            if (brace < 0)
            {
                break;
            }

            AddLiteral(text[position..brace]);
            if (brace + 1 < text.Length && text[brace + 1] == '{')
            {
                AddLiteral("{");
                position = brace + 2;
                continue;
            }

            var end = text.IndexOf('}', brace);
            if (end < 0)
            {
                pass.Diagnostics.Add(BindingDiagnostics.UnclosedHole(scalar.SpanOf(brace, text.Length - brace)));
                return null;
            }

            AddHole(text[(brace + 1)..end].Trim(), scalar.SpanOf(brace, end + 1 - brace));
            position = end + 1;
        }

        AddLiteral(text[position..]);
        return _hasErrors ? null : new PartsTemplate([.. _parts], pass.Usage, kind, _needsRetryAfter);
    }

    private void AddLiteral(string text)
    {
        if (text.Length > 0)
        {
            _parts.Add(new LiteralPart(text));
        }
    }

    private void AddHole(string name, SourceSpan span)
    {
        if (SpecialHoles.Find(name) is { } special)
        {
            if (special.IsOfLimit && kind == TemplateKind.PlainReply)
            {
                pass.Diagnostics.Add(BindingDiagnostics.HoleNotHere(span, name));
                _hasErrors = true;
                return;
            }

            _needsRetryAfter |= special.Name is "retry_after";
            _parts.Add(new SpecialPart(special.Append));
            return;
        }

        if (FieldCatalog.Find(name) is not { } field)
        {
            var names = FieldCatalog.All.Select(candidate => candidate.Name).Concat(SpecialHoles.All.Select(hole => hole.Name));
            pass.Diagnostics.Add(BindingDiagnostics.UnknownHole(span, name, Suggestion.For(name, names)));
            _hasErrors = true;
            return;
        }

        if (field is LookupField)
        {
            pass.Diagnostics.Add(BindingDiagnostics.UnknownHole(span, name, "it is looked up, and texts look nothing up; use it in when:"));
            _hasErrors = true;
            return;
        }

        if (FieldBinding.Bind(pass, field, new NameSyntax(span, name)) is not { } node)
        {
            _hasErrors = true;
            return;
        }

        _parts.Add(new FieldPart(node));
    }
}
