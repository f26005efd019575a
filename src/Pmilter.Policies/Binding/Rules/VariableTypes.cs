using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>The type of each variable, from the <c>set:</c> steps that write it: conditions may read one that is set further below.</summary>
internal static class VariableTypes
{
    public static void Collect(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
    {
        // Twice: a variable may be made of another one that is set later.
        Read(document, scope, slots);
        foreach (var clash in Read(document, scope, slots))
        {
            diagnostics.Add(clash);
        }
    }

    private static List<Diagnostic> Read(PolicyDocument document, BindingScope scope, SlotAllocator slots)
    {
        var unread = new DiagnosticBag();
        var clashes = new List<Diagnostic>();
        foreach (var rule in document.Rules)
        {
            foreach (var entry in Entries(rule))
            {
                if (entry.Value is YamlScalar scalar && TypeOf(scalar, rule.Phase.Value, scope, slots, unread) is { } type
                    && !scope.Variables.TryAdd(entry.Key.Value, type) && scope.Variables[entry.Key.Value] != type)
                {
                    clashes.Add(PolicyDiagnostics.VariableTypes(entry.Key.Span, entry.Key.Value, Words.Of(scope.Variables[entry.Key.Value]), Words.Of(type)));
                }
            }
        }

        return clashes;
    }

    private static IEnumerable<YamlEntry> Entries(RuleSyntax rule) =>
        rule.Then.Where(s => string.Equals(s.Name.Value, "set", StringComparison.Ordinal))
            .Select(s => s.Argument).OfType<YamlMapping>().SelectMany(m => m.Entries);

    private static ValueType? TypeOf(YamlScalar scalar, Phase phase, BindingScope scope, SlotAllocator slots, DiagnosticBag unread) =>
        ExpressionParser.Parse(scalar, unread) is { } syntax
            ? new ExpressionBinder(scope, unread, slots).BindValue(syntax, new BindingSite(phase))?.Type
            : null;
}
