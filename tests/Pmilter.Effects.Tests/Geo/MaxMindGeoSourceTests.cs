using System.Net;
using Pmilter.Effects.Geo;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Geo;

namespace Pmilter.Effects.Tests.Geo;

public sealed class MaxMindGeoSourceTests
{
    [Theory]
    [InlineData("192.0.2.7", "JP", "AS", 64496, "Example Japan")]
    [InlineData("198.51.100.255", "US", "NA", 64497, "Example America")]
    [InlineData("203.0.113.0", "RU", "EU", 64498, "Example Russia")]
    [InlineData("2001:db8:1::9", "DE", "EU", 64499, "Example Germany")]
    [InlineData("::ffff:192.0.2.7", "JP", "AS", 64496, "Example Japan")]
    [InlineData("192.0.3.0", "ZZ", "", 0, "")]
    [InlineData("2001:db9::1", "ZZ", "", 0, "")]
    [InlineData("10.1.2.3", "ZZ", "", 0, "")]
    [InlineData("127.0.0.1", "ZZ", "", 0, "")]
    [InlineData("::1", "ZZ", "", 0, "")]
    [InlineData("fd00::1", "ZZ", "", 0, "")]
    public void Find_EveryShape_SaysTheSame(string address, string country, string continent, long asn, string organisation)
    {
        var expected = new GeoPlace(country, continent, asn, organisation);
        foreach (var countries in new[] { DocumentationGeo.Nested(), DocumentationGeo.Flat() })
        {
            foreach (var numbers in new[] { DocumentationGeo.Asn(), DocumentationGeo.ShortAsn(true), DocumentationGeo.ShortAsn(false) })
            {
                var source = new MaxMindGeoSource(
                    GeoDatabase.Open(countries, "country"), GeoDatabase.Open(numbers, "asn", GeoContent.Asn));

                Assert.Equal(expected, source.Find(IPAddress.Parse(address)));
            }
        }
    }

    [Fact]
    public void Find_WithoutAnyFile_IsUnknown() =>
        Assert.Equal(GeoPlace.Unknown, new MaxMindGeoSource(null).Find(IPAddress.Parse("192.0.2.7")));

    [Fact]
    public void Open_NotADatabase_NamesTheFile()
    {
        var error = Assert.Throws<GeoDatabaseException>(() => GeoDatabase.Open("hello"u8.ToArray(), "geoip/country.mmdb"));

        Assert.StartsWith("geoip/country.mmdb: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AsnFileAsCountries_SaysWhatWasExpected()
    {
        var error = Assert.Throws<GeoDatabaseException>(() => GeoDatabase.Open(DocumentationGeo.Asn(), "x.mmdb"));

        Assert.Equal(
            "x.mmdb: a database of type 'GeoLite2-ASN' with the fields autonomous_system_number, autonomous_system_organization; expected country.iso_code or country_code",
            error.Message);
    }

    [Fact]
    public void Open_EveryTruncationAndDamage_OpensOrSaysSo()
    {
        var good = DocumentationGeo.Nested();
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var bad = i < 200 ? good[..(good.Length * i / 200)] : [.. good];
            if (i >= 200)
            {
                bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                new MaxMindGeoSource(GeoDatabase.Open(bad, "bad")).Find(IPAddress.Parse("203.0.113.1"));
            }
            catch (GeoDatabaseException)
            {
                // The only exception that may come out.
            }
        }
    }

    /// <summary>A file of 1 MB with a good database at its end, cut off and exchanged two hundred times.</summary>
    [Fact]
    public void Open_AgainAndAgain_GivesTheMemoryBack()
    {
        byte[] large = [.. new byte[1_000_000], .. DocumentationGeo.Nested()];
        var before = Mappings();
        var held = GeoDatabase.Open(DocumentationGeo.Nested(), "held");

        // What is asked for below would be seen.
        Assert.InRange(Mappings(), before + 1, int.MaxValue);
        GC.KeepAlive(held);

        for (var i = 0; i < 200; i++)
        {
            Assert.Throws<GeoDatabaseException>(() => GeoDatabase.Open(large[..^40], "cut"));
            Assert.Equal("RU", Exchange(i).Country);
        }

        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Other tests of this process map such files, too; what is kept would be 400.
        Assert.InRange(Mappings() - before, -200, 200);

        static GeoPlace Exchange(int round) => new MaxMindGeoSource(GeoDatabase.Open(DocumentationGeo.Nested(), $"{round}")).Find(IPAddress.Parse("203.0.113.1"));

        static int Mappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains("memfd:/dotnet_", StringComparison.Ordinal));
    }

    [Fact]
    public void ShippedFile_ResolvesWellKnownAddresses()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "country.mmdb");
        var database = GeoDatabase.Open(File.ReadAllBytes(path), path);
        var source = new MaxMindGeoSource(database);

        Assert.Equal(("US", "NA"), Place("8.8.8.8"));
        Assert.Equal(("JP", "AS"), Place("133.11.0.1"));
        Assert.Equal(("JP", "AS"), Place("2001:240::1"));
        Assert.Equal(("FR", "EU"), Place("193.51.0.1"));
        Assert.Equal(("DE", "EU"), Place("2001:638::1"));
        Assert.Equal("ZZ", Place("192.168.1.1").Country);
        Assert.InRange(database.BuiltAt.Year, 2026, 2100);

        (string Country, string Continent) Place(string address)
        {
            var place = source.Find(IPAddress.Parse(address));
            return (place.Country, place.Continent);
        }
    }
}
