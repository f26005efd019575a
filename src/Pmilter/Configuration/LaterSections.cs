using Pmilter.Policies.Syntax;

namespace Pmilter.Configuration;

/// <summary>
/// Keys of pmilter.yaml whose feature this version does not have. They are accepted at their default or empty, and reported
/// otherwise, as errors: the file would promise safety or data that are not there.
/// </summary>
internal static class LaterSections
{
    /// <summary>Reports one key that is set to something else than its default.</summary>
    public static void Check(MappingReader section, string key)
    {
        var entry = section.Mapping.Entries.FirstOrDefault(candidate => candidate.Key.Value == key);
        if (entry is null || IsUnset(entry.Value, section.Table.Find(key)?.Default is { } standard and not "''" ? standard : string.Empty))
        {
            return;
        }

        var what = section.Table == ServerKeys.File ? $"'{key}'" : $"'{section.Table.Where}.{key}'";
        section.Diagnostics.Add(ConfigurationDiagnostics.UnsafeNotAvailable(entry.Key.Span, what));
    }

    private static bool IsUnset(YamlNode value, string standard) => value switch
    {
        YamlScalar scalar => scalar.Value.Length == 0 || scalar.Value == standard,
        YamlSequence sequence => sequence.Items.IsEmpty,
        YamlMapping mapping => mapping.Entries.IsEmpty,
        _ => true,
    };
}
