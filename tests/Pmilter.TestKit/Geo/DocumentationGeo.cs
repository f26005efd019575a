namespace Pmilter.TestKit.Geo;

/// <summary>
/// Country and ASN files in which the documentation networks are somewhere: 192.0.2.0/24 JP, 198.51.100.0/24 US,
/// 203.0.113.0/24 RU, 2001:db8::/32 DE.
/// </summary>
public static class DocumentationGeo
{
    public static readonly DateTimeOffset BuiltAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Network, string Country, string Continent, uint Asn, string Organisation)[] Networks =
    [
        ("192.0.2.0/24", "JP", "AS", 64496, "Example Japan"),
        ("198.51.100.0/24", "US", "NA", 64497, "Example America"),
        ("203.0.113.0/24", "RU", "EU", 64498, "Example Russia"),
        ("2001:db8::/32", "DE", "EU", 64499, "Example Germany"),
    ];

    /// <summary>MaxMind's shape.</summary>
    public static byte[] Nested() => Write("GeoLite2-Country", network => Map(
        ("continent", Map(("code", network.Continent))),
        ("country", Map(("iso_code", network.Country)))));

    /// <summary>The shape of the shipped file.</summary>
    public static byte[] Flat() => Write("geo-whois-asn-country", network => Map(("country_code", network.Country)));

    /// <summary>MaxMind's names.</summary>
    public static byte[] Asn() => Write("GeoLite2-ASN", network => Map(
        ("autonomous_system_number", network.Asn), ("autonomous_system_organization", network.Organisation)));

    /// <summary>Short names; the number as a number, or as text with AS before it.</summary>
    public static byte[] ShortAsn(bool asText) => Write("asn", network => Map(
        ("asn", asText ? $"AS{network.Asn}" : network.Asn), ("as_name", network.Organisation)));

    private static byte[] Write(
        string type, Func<(string Network, string Country, string Continent, uint Asn, string Organisation), Dictionary<string, object>> record)
    {
        var writer = new MmdbWriter(type, BuiltAt);
        foreach (var network in Networks)
        {
            writer.Add(network.Network, record(network));
        }

        return writer.ToArray();
    }

    private static Dictionary<string, object> Map(params (string Key, object Value)[] items) =>
        items.ToDictionary(item => item.Key, item => item.Value, StringComparer.Ordinal);
}
