using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lookups;

/// <summary>Look-ups as tests and the command line name them: by what the author writes in a condition, whatever the spacing.</summary>
public static class LookupNames
{
    /// <summary>The name as look-ups print themselves; null, and reported, for what is no look-up.</summary>
    /// <param name="answer">What its answers are.</param>
    public static string? Read(YamlScalar name, DiagnosticBag diagnostics, out LookupAnswer answer)
    {
        answer = LookupAnswer.Truth;
        if (ExpressionParser.Parse(name, diagnostics) is not { } syntax)
        {
            return null;
        }

        switch (syntax)
        {
            case NameSyntax field when FieldCatalog.Find(field.Name) is LookupField known:
                answer = known.Type == Binding.ValueType.Text ? LookupAnswer.Policy : LookupAnswer.Truth;
                return field.Name;
            case CallSyntax call when FunctionCatalog.Find(call.Function) is { IsLookup: true }:
                answer = call.Function switch
                {
                    "dnsbl" or "dnswl" => LookupAnswer.Entry,
                    "auth_result" => LookupAnswer.Result,
                    _ => LookupAnswer.Truth,
                };
                return Normal(call);
            default:
                diagnostics.Add(new Diagnostic("PM410", DiagnosticSeverity.Error, name.Span, $"'{name.Value}' is no look-up", $"look-ups are {string.Join(", ", All())}"));
                return null;
        }
    }

    private static IEnumerable<string> All() =>
        [.. FunctionCatalog.All.Where(function => function.IsLookup).Select(function => function.Signature), .. FieldCatalog.All.OfType<LookupField>().Select(field => field.Name)];

    /// <summary><c>dnsbl('zone', client_ip)</c> is <c>dnsbl('zone')</c>; zones and methods are in lower case.</summary>
    private static string Normal(CallSyntax call) => call switch
    {
        { Function: "auth_result", Arguments: [TextSyntax method] } => ExpressionPrinter.Call(call.Function, method.Value.ToLowerInvariant()),
        { Function: "dnsbl" or "dnswl", Arguments: [TextSyntax zone, ..] } => ExpressionPrinter.Print(call with
        {
            Arguments = [zone with { Value = HostName.Read(zone.Value) ?? zone.Value }, .. call.Arguments.Skip(1).Where(argument => argument is not NameSyntax { Name: "client_ip" })],
        }),
        _ => ExpressionPrinter.Print(call),
    };
}

/// <summary>What a look-up answers.</summary>
public enum LookupAnswer
{
    /// <summary>True or false.</summary>
    Truth,

    /// <summary>A list's entry: an address, empty for none.</summary>
    Entry,

    /// <summary>A word of SPF, DKIM, DMARC or the like; empty for none.</summary>
    Result,

    /// <summary>What a domain asks for mail that fails its DMARC; empty for nothing.</summary>
    Policy,
}
