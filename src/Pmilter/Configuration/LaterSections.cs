using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>
/// Keys of pmilter.yaml whose feature this version does not have. They are accepted at their default or empty, and reported
/// otherwise: as errors where the file would promise safety or data that are not there.
/// </summary>
internal static class LaterSections
{
    /// <summary>Key → default as written.</summary>
    private static readonly Dictionary<string, (bool IsSafety, Dictionary<string, string> Defaults)> Sections = new(StringComparer.Ordinal)
    {
        ["protect"] = (true, Keys(("clients", ""), ("recipients", ""), ("logins", ""))),
        ["fuse"] = (true, Keys(("refused_share", ""), ("min", ""), ("in", ""), ("then", ""), ("notify", ""))),
        ["auth"] = (true, Keys(("trusted", ""), ("check", "false"))),
    };

    public static IEnumerable<string> Names => Sections.Keys;

    /// <summary>Reports a section's keys that are set, and unknown ones.</summary>
    public static void Check(string name, YamlMapping mapping, DiagnosticBag diagnostics)
    {
        var (isSafety, defaults) = Sections[name];
        var section = new MappingReader(mapping, name, [.. defaults.Keys], diagnostics);
        foreach (var (key, value) in defaults)
        {
            Check(section, $"{name}.{key}", key, value, isSafety);
        }
    }

    /// <summary>Reports one key that is set to something else than its default.</summary>
    public static void Check(MappingReader section, string what, string key, string standard, bool isSafety)
    {
        var entry = section.Mapping.Entries.FirstOrDefault(candidate => candidate.Key.Value == key);
        if (entry is null || IsUnset(entry.Value, standard))
        {
            return;
        }

        section.Diagnostics.Add(isSafety
            ? ConfigurationDiagnostics.UnsafeNotAvailable(entry.Key.Span, $"'{what}'")
            : ConfigurationDiagnostics.NotAvailable(entry.Key.Span, $"'{what}'"));
    }

    private static bool IsUnset(YamlNode value, string standard) => value switch
    {
        YamlScalar scalar => scalar.Value.Length == 0 || scalar.Value == standard,
        YamlSequence sequence => sequence.Items.IsEmpty,
        YamlMapping mapping => mapping.Entries.IsEmpty,
        _ => true,
    };

    private static Dictionary<string, string> Keys(params ReadOnlySpan<(string Key, string Default)> keys)
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, standard) in keys)
        {
            table.Add(key, standard);
        }

        return table;
    }
}
