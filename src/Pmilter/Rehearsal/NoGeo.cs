using System.Net;
using Pmilter.Policies.Facts;

namespace Pmilter.Rehearsal;

/// <summary>Knows no country: tests say it themselves, so that they stay true when the data change.</summary>
internal sealed class NoGeo : IGeoSource
{
    public static NoGeo Instance { get; } = new();

    public GeoPlace Find(IPAddress address) => GeoPlace.Unknown;
}
