using System.Net;
using Pmilter.Effects.Geo;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.TestKit.Geo;

namespace Pmilter.Fuzz.Targets;

/// <summary>Country and ASN files, cut off and spoilt.</summary>
internal sealed class GeoTarget : IFuzzTarget
{
    private const int MostOpen = 2_000;

    private static readonly (byte[] Bytes, GeoContent Content)[] Good = [(DocumentationGeo.Nested(), GeoContent.Country), (DocumentationGeo.Flat(), GeoContent.Country), (DocumentationGeo.Asn(), GeoContent.Asn)];

    private static readonly IPAddress[] Addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("203.0.113.9"), IPAddress.Parse("2001:db8::1"), IPAddress.Loopback, IPAddress.IPv6Any];

    private int _opened;

    public string Name => "geo";

    public string Promise => "a file is opened or refused as damaged; a damaged record is no country, and never an error";

    public void Try(Dice dice)
    {
        GiveBack();
        var (good, content) = dice.Of(Good);
        GeoDatabase database;
        try
        {
            database = GeoDatabase.Open(Mutation.Of(dice, good, dice.OneIn(3) ? 8 : 2), "f.mmdb", content);
        }
        catch (GeoDatabaseException)
        {
            return;
        }

        foreach (var address in Addresses)
        {
            _ = content == GeoContent.Asn ? database.FindAsn(address).Organisation : database.FindCountry(address).Country;
        }
    }

    /// <summary>An open database holds memory outside the heap until it is collected, of which a server has two, and a run thousands; one that its reader refused, for good.</summary>
    private void GiveBack()
    {
        if (++_opened % MostOpen == 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
