namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Every function, in the order of the documentation.</summary>
public static class FunctionCatalog
{
    public static IReadOnlyList<Function> All { get; } = [.. ValueFunctions.All, .. FactFunctions.All, .. Later()];

    private static readonly Dictionary<string, Function> ByName = All.ToDictionary(function => function.Name, StringComparer.Ordinal);

    /// <summary>Null when there is none; names are case-sensitive.</summary>
    public static Function? Find(string name) => ByName.GetValueOrDefault(name);

    private static Function[] Later() =>
    [
        new("auth_result", "auth_result('spf')", "A trusted authentication result."),
        new("dkim_aligned", "dkim_aligned(domain)", "A trusted DKIM signature of the domain."),
        new("body_contains", "body_contains('text')", "A decoded text part contains it."),
        new("body_matches", "body_matches('pattern')", "A decoded text part matches."),
        new("attachment_ext_in", "attachment_ext_in('exe', …)", "An attachment has one of these extensions."),
        new("attachment_matches", "attachment_matches('pattern')", "An attachment's name matches."),
    ];
}
