using System.Net;
using BenchmarkDotNet.Attributes;
using Pmilter.Effects.Geo;
using Pmilter.Policies.Facts;

namespace Pmilter.Benchmarks;

/// <summary>Look-ups in the shipped country file.</summary>
[MemoryDiagnoser]
public class GeoBenchmarks
{
    private readonly IPAddress[] _addresses =
        [IPAddress.Parse("8.8.8.8"), IPAddress.Parse("133.11.0.1"), IPAddress.Parse("2001:200::1"), IPAddress.Parse("10.0.0.1")];

    private MaxMindGeoSource _source = new(null);
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "country.mmdb");
        _source = new MaxMindGeoSource(GeoDatabase.Open(File.ReadAllBytes(path), path));
    }

    [Benchmark]
    public GeoPlace Find() => _source.Find(_addresses[_next++ & 3]);
}
