namespace Pmilter.Policies.Binding;

/// <summary>Country codes in conditions: a code that nobody has is an error, not a condition that never holds.</summary>
internal static class CountryLiteral
{
    /// <summary>Why it is no country code; null when it is one.</summary>
    public static string? ErrorOf(string code) =>
        code.Length == 2 && char.IsAsciiLetter(code[0]) && char.IsAsciiLetter(code[1]) ? null : "countries are two letters (ISO 3166), 'ZZ' when unknown";
}
