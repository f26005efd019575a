using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lookups;

/// <summary>Look-ups as tests and the command line name them: by what the author writes in a condition, whatever the spacing.</summary>
public static class LookupNames
{
    /// <summary>The name as look-ups print themselves; null, and reported, for what is no look-up.</summary>
    /// <param name="isText">Whether its answers are texts; else they are true or false.</param>
    public static string? Read(YamlScalar name, DiagnosticBag diagnostics, out bool isText)
    {
        isText = false;
        if (ExpressionParser.Parse(name, diagnostics) is not { } syntax)
        {
            return null;
        }

        switch (syntax)
        {
            case NameSyntax field when FieldCatalog.Find(field.Name) is LookupField:
                return field.Name;
            case CallSyntax call when FunctionCatalog.Find(call.Function) is { IsLookup: true }:
                isText = call.Function is "dnsbl" or "dnswl";
                return Shortest(call);
            default:
                diagnostics.Add(new Diagnostic("PM410", DiagnosticSeverity.Error, name.Span, $"'{name.Value}' is no look-up", $"look-ups are {string.Join(", ", All())}"));
                return null;
        }
    }

    private static IEnumerable<string> All() =>
        [.. FunctionCatalog.All.Where(function => function.IsLookup).Select(function => function.Signature), .. FieldCatalog.All.OfType<LookupField>().Select(field => field.Name)];

    /// <summary><c>dnsbl('zone', client_ip)</c> is <c>dnsbl('zone')</c>.</summary>
    private static string Shortest(CallSyntax call) => call is { Function: "dnsbl" or "dnswl", Arguments: [TextSyntax zone, ..] }
        ? ExpressionPrinter.Print(call with
        {
            Arguments = [zone with { Value = HostName.Read(zone.Value) ?? zone.Value }, .. call.Arguments.Skip(1).Where(argument => argument is not NameSyntax { Name: "client_ip" })],
        })
        : ExpressionPrinter.Print(call);
}
