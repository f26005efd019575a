using System.Globalization;
using MaxMind.Db;

namespace Pmilter.Effects.Geo;

/// <summary>MaxMind's names of the fields of an ASN record.</summary>
internal sealed class AsnRecord
{
    [MapKey("autonomous_system_number")]
    public long? Number { get; init; }

    [MapKey("autonomous_system_organization")]
    public string? Organisation { get; init; }

    internal (long Number, string Organisation) Read() => (Number ?? 0, Organisation ?? string.Empty);
}

/// <summary>The short names; their number is text in some files (<c>AS2497</c>), so it is read as text.</summary>
internal sealed class ShortAsnRecord
{
    [MapKey("asn")]
    public string? Number { get; init; }

    [MapKey("as_name")]
    public string? Name { get; init; }

    [MapKey("as_org")]
    public string? Organisation { get; init; }

    internal (long Number, string Organisation) Read() => (Parse(Number), Organisation ?? Name ?? string.Empty);

    private static long Parse(string? text)
    {
        var digits = text.AsSpan();
        if (digits.StartsWith("AS", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}

/// <summary>The short names with a number.</summary>
internal sealed class NumberedAsnRecord
{
    [MapKey("asn")]
    public long? Number { get; init; }

    [MapKey("as_name")]
    public string? Name { get; init; }

    [MapKey("as_org")]
    public string? Organisation { get; init; }

    internal (long Number, string Organisation) Read() => (Number ?? 0, Organisation ?? Name ?? string.Empty);
}
