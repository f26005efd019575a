using System.Net;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;

namespace Pmilter.Effects.Geo;

/// <summary>
/// Places from a country file and, if there is one, an ASN file. Both are swapped whole, together, by one exchange: a look-up sees
/// either the old pair or the new.
/// </summary>
public sealed class MaxMindGeoSource(GeoDatabase? country, GeoDatabase? asn = null) : IGeoSource
{
    private Databases _databases = new(country, asn);

    public GeoDatabase? Country => Volatile.Read(ref _databases).Country;

    public GeoDatabase? Asn => Volatile.Read(ref _databases).Asn;

    public void Replace(GeoDatabase? country, GeoDatabase? asn) => Volatile.Write(ref _databases, new Databases(country, asn));

    public GeoPlace Find(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (PrivateNetworks.Contain(address))
        {
            return GeoPlace.Unknown;
        }

        var databases = Volatile.Read(ref _databases);
        var (code, continent) = databases.Country?.FindCountry(address) ?? (string.Empty, string.Empty);
        var (number, organisation) = databases.Asn?.FindAsn(address) ?? (0, string.Empty);
        code = code.Length == 2 ? code.ToUpperInvariant() : GeoPlace.Unknown.Country;
        if (continent.Length == 0)
        {
            continent = Continents.Of(code);
        }

        return new GeoPlace(code, continent, number, organisation ?? string.Empty);
    }

    private sealed record Databases(GeoDatabase? Country, GeoDatabase? Asn);
}
