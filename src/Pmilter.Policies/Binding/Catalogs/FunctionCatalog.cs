namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Every function, in the order of the documentation.</summary>
public static class FunctionCatalog
{
    public static IReadOnlyList<Function> All { get; } = [.. ValueFunctions.All, .. FactFunctions.All, .. ContentFunctions.All];

    private static readonly Dictionary<string, Function> ByName = All.ToDictionary(function => function.Name, StringComparer.Ordinal);

    /// <summary>Null when there is none; names are case-sensitive.</summary>
    public static Function? Find(string name) => ByName.GetValueOrDefault(name);
}
