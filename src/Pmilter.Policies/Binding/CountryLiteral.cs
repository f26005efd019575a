using Pmilter.Policies.Lists;

namespace Pmilter.Policies.Binding;

/// <summary>Country codes in conditions: a code that nobody has is an error, not a condition that never holds.</summary>
internal static class CountryLiteral
{
    /// <summary>Why it is no country code; null when it is one.</summary>
    public static string? ErrorOf(string code) =>
        CountryCodes.IsKnown(code) ? null : CountryCodes.HintFor(code) ?? "countries are two letters (ISO 3166), 'ZZ' when unknown";
}
