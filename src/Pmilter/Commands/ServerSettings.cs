using Pmilter.Protocol.Transports;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>From the configuration file to what the server runs with. Paths in it are relative to it.</summary>
internal static class ServerSettings
{
    public static ServerOptions Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new ServerOptions
        {
            Listen = [new ListenAddress("inet:127.0.0.1:8895", new MilterAddress(MilterAddressKind.Inet, "127.0.0.1", 8895))],
            Policies = Path.Combine(folder, "policies"),
            Geo = new GeoOptions(Path.Combine(folder, "geoip/country.mmdb"), string.Empty, TimeSpan.FromDays(90)),
        };
    }
}
