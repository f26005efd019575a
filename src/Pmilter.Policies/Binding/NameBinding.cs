using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>What an unknown name was probably meant to be.</summary>
internal static class NameBinding
{
    public static bool IsKnown(BindingScope scope, string name) => FieldCatalog.Find(name) is not null || scope.Macros.ContainsKey(name);

    public static Diagnostic Unknown(BindingScope scope, NameSyntax name)
    {
        var written = name.Name;
        return BindingDiagnostics.UnknownField(name.Span, written, HintFor(scope, written));
    }

    public static Diagnostic UnknownFunction(CallSyntax call)
    {
        if (FieldCatalog.Find(call.Function) is not null)
        {
            return BindingDiagnostics.UnknownFunction(call.FunctionSpan, call.Function, $"'{call.Function}' is a field: write it without parentheses");
        }

        return BindingDiagnostics.UnknownFunction(call.FunctionSpan, call.Function, Suggestion.For(call.Function, FunctionCatalog.All.Select(function => function.Name)));
    }

    private static string HintFor(BindingScope scope, string written)
    {
        if (FunctionCatalog.Find(written) is { } function)
        {
            return $"it is a function: {function.Signature}";
        }

        if (scope.Lists.ContainsKey(written))
        {
            return $"it is a list: write in_list(x, '{written}')";
        }

        if (scope.Patterns.ContainsKey(written))
        {
            return $"it is a pattern: write matches(x, '{written}')";
        }

        if (scope.Counters.ContainsKey(written))
        {
            return $"it is a counter: write counter('{written}')";
        }

        if (scope.Bans.ContainsKey(written))
        {
            return $"it is a ban: write banned('{written}')";
        }

        if (scope.Variables.ContainsKey(written))
        {
            return $"it is a variable: write var('{written}')";
        }

        return Suggestion.For(written, FieldCatalog.All.Select(field => field.Name).Concat(scope.Macros.Keys)) ?? $"text takes single quotes: '{written}'";
    }
}
