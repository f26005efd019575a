using System.Globalization;
using System.Text;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Binding;

/// <summary>What a text may name besides fields.</summary>
/// <param name="Name">Inside the braces.</param>
/// <param name="IsOfLimit">Only where a limit, hold or ban gives it a value.</param>
/// <param name="Append">Writes it.</param>
internal sealed record SpecialHole(string Name, bool IsOfLimit, Action<TemplateValues, StringBuilder> Append);

internal static class SpecialHoles
{
    public static IReadOnlyList<SpecialHole> All { get; } =
    [
        new("rule", false, static (values, text) => text.Append(values.Rule)),
        new("policy", false, static (values, text) => text.Append(values.Policy)),
        new("decision_id", false, static (values, text) => text.Append(values.DecisionId)),
        new("limit_max", true, static (values, text) => text.Append(CultureInfo.InvariantCulture, $"{values.LimitMax}")),
        new("count", true, static (values, text) => text.Append(CultureInfo.InvariantCulture, $"{values.Count}")),
        new("retry_after", true, static (values, text) =>
            text.Append(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Ceiling(values.RetryAfter.TotalSeconds))} s")),
    ];

    public static SpecialHole? Find(string name)
    {
        foreach (var hole in All)
        {
            if (string.Equals(hole.Name, name, StringComparison.Ordinal))
            {
                return hole;
            }
        }

        return null;
    }
}
