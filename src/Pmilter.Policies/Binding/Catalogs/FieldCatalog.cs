namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Every field, in the order of the documentation.</summary>
public static class FieldCatalog
{
    public static IReadOnlyList<Field> All { get; } = [.. ConnectionFields.All, .. MessageFields.All, .. ContentFields.All];

    private static readonly Dictionary<string, Field> ByName = All.ToDictionary(field => field.Name, StringComparer.Ordinal);

    /// <summary>Null when there is none; names are case-sensitive.</summary>
    public static Field? Find(string name) => ByName.GetValueOrDefault(name);
}
