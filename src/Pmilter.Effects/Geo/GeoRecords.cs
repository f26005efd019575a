using MaxMind.Db;

namespace Pmilter.Effects.Geo;

/// <summary>
/// What is read of a record, in all shapes that are about: MaxMind's and DB-IP's nested <c>country.iso_code</c>, the flat
/// <c>country_code</c>. Filled by the reader's source generator: no reflection.
/// </summary>
internal sealed class CountryRecord
{
    [MapKey("country")]
    public CountryPart? Country { get; init; }

    [MapKey("registered_country")]
    public CountryPart? RegisteredCountry { get; init; }

    [MapKey("continent")]
    public ContinentPart? Continent { get; init; }

    [MapKey("country_code")]
    public string? CountryCode { get; init; }

    [MapKey("continent_code")]
    public string? ContinentCode { get; init; }
}

/// <summary>The nested <c>country</c>.</summary>
internal sealed class CountryPart
{
    [MapKey("iso_code")]
    public string? IsoCode { get; init; }
}

/// <summary>The nested <c>continent</c>.</summary>
internal sealed class ContinentPart
{
    [MapKey("code")]
    public string? Code { get; init; }
}
