using System.Net;

namespace Pmilter.Policies.Facts;

/// <summary>Where an address is. Synchronous: the data are in memory.</summary>
public interface IGeoSource
{
    /// <summary>Never fails: unknown and private addresses give <see cref="GeoPlace.Unknown"/>.</summary>
    GeoPlace Find(IPAddress address);
}

/// <summary>What country data say of an address.</summary>
/// <param name="Country">ISO 3166-1 alpha-2, upper case; <c>ZZ</c> when unknown.</param>
/// <param name="Continent">Two letters (<c>EU</c>, <c>AS</c>); empty when unknown.</param>
/// <param name="Asn">Autonomous system number; 0 when unknown.</param>
/// <param name="AsOrganisation">Its holder; empty when unknown.</param>
public sealed record GeoPlace(string Country, string Continent, long Asn, string AsOrganisation)
{
    public static GeoPlace Unknown { get; } = new("ZZ", string.Empty, 0, string.Empty);
}
