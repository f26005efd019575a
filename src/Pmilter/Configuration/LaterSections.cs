using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>
/// Keys of pmilter.yaml whose feature this version does not have. They are accepted at their default or empty, and reported
/// otherwise, as errors: the file would promise safety or data that are not there.
/// </summary>
internal static class LaterSections
{
    public static KeyTable Fuse { get; } = Section("fuse", "refused_share", "min", "in", "then", "notify");

    /// <summary>Whole sections; each promises safety.</summary>
    public static IReadOnlyList<KeyTable> All { get; } = [Fuse];

    /// <summary>Reports a section's keys that are set, and unknown ones.</summary>
    public static void Check(KeyTable section, YamlMapping mapping, DiagnosticBag diagnostics)
    {
        var reader = new MappingReader(mapping, section, diagnostics);
        foreach (var key in section.Names)
        {
            Check(reader, key);
        }
    }

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

    private static KeyTable Section(string name, params string[] keys) => new(name, [.. keys.Select(Later)]);

    private static KeyEntry Later(string key) => new(key, new LaterForm(), "Comes in a later version.");
}
