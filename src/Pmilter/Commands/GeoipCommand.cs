using System.CommandLine;
using System.Globalization;
using Pmilter.Effects.Geo;
using Pmilter.Policies.Facts;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Wire;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter geoip</c>: what policies will see of an address.</summary>
internal static class GeoipCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("geoip", "Says where addresses are, as policies see it: country (ZZ: unknown), continent, network. Example: pmilter geoip 203.0.113.9 2001:db8::1 --format json");
        var site = new SiteOptions();
        var addresses = new Argument<string[]>("IP") { Arity = ArgumentArity.OneOrMore, Description = "IPv4 or IPv6" };
        command.Options.Add(site.Configuration);
        command.Arguments.Add(addresses);
        var format = new Option<string>("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(format);
        command.SetAction(parsed => Run(site.Read(parsed).Settings.Geo, parsed.GetValue(addresses) ?? [], parsed.GetValue(format) == "json", terminal));
        return command;
    }

    private static int Run(GeoSettings options, IReadOnlyList<string> texts, bool isJson, Terminal terminal)
    {
        var files = new GeoFiles(options.Country, options.Asn, new DiskGeoFiles(), TimeProvider.System);
        try
        {
            files.Load();
        }
        catch (GeoDatabaseException error)
        {
            throw new ServerStartException(error.Message, error);
        }

        var places = new List<(string Address, GeoPlace Place)>();
        foreach (var text in texts)
        {
            // Stricter than IPAddress, which takes 1.2.3 for an address.
            if (ClientAddress.TryParse(MailText.Encode(text)) is not { } address)
            {
                terminal.Error.WriteLine($"pmilter: '{text}' is not an IP address");
                return ExitCodes.Usage;
            }

            places.Add((text, files.Source.Find(address)));
        }

        if (isJson)
        {
            WriteJson(places, terminal.Output);
        }
        else
        {
            WriteTable(places, terminal.Output);
        }

        return ExitCodes.Ok;
    }

    private static void WriteTable(IEnumerable<(string Address, GeoPlace Place)> places, Page output)
    {
        var table = new TextTable("ADDRESS", "COUNTRY", "CONTINENT", "ASN", "ORGANISATION");
        foreach (var (address, place) in places)
        {
            table.Add(address, Toned.Strong(place.Country), Shown(place.Continent), place.Asn > 0 ? place.Asn.ToString(CultureInfo.InvariantCulture) : "-", Shown(place.AsOrganisation));
        }

        table.Write(output);
    }

    private static void WriteJson(IEnumerable<(string Address, GeoPlace Place)> places, TextWriter output) => JsonOutput.Write(output, json =>
    {
        json.WriteStartArray();
        foreach (var (address, place) in places)
        {
            json.WriteStartObject();
            json.WriteString("address", address);
            json.WriteString("country", place.Country);
            json.WriteString("continent", place.Continent);
            json.WriteNumber("asn", place.Asn);
            json.WriteString("organisation", place.AsOrganisation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Shown(string text) => text.Length > 0 ? text : "-";
}
