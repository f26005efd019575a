using System.Net;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Effects.Geo;
using Pmilter.TestKit.Geo;

namespace Pmilter.Effects.Tests.Geo;

public sealed class GeoFilesTests
{
    private readonly FakeTimeProvider _time = new(DocumentationGeo.BuiltAt.AddDays(10));
    private readonly Disk _disk = new();

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        var error = Assert.Throws<GeoDatabaseException>(() => Files().Load());

        Assert.Equal("country.mmdb: cannot be read: no such file", error.Message);
    }

    [Fact]
    public void Check_NothingChanged_ReadsNothing()
    {
        var files = Loaded();
        var reads = _disk.Reads;

        Assert.Empty(files.Check());
        Assert.Equal(reads, _disk.Reads);
        Assert.Equal(TimeSpan.FromDays(10), files.Source.Country?.Age(_time));
    }

    [Fact]
    public void Check_ChangedFile_SwapsIt()
    {
        var files = Loaded();
        _time.Advance(TimeSpan.FromMinutes(1));
        _disk.Put("country.mmdb", DocumentationGeo.Flat(), _time.GetUtcNow());
        Assert.Empty(files.Check());

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("geo-whois-asn-country", Assert.Single(files.Check()).Loaded?.DatabaseType);
        Assert.Equal("geo-whois-asn-country", files.Source.Country?.DatabaseType);
    }

    /// <summary>A clock that was wrong, or was set back.</summary>
    [Fact]
    public void Check_FileOfATimeToCome_IsTaken()
    {
        var files = Loaded();
        _disk.Put("country.mmdb", DocumentationGeo.Flat(), _time.GetUtcNow().AddYears(1));

        Assert.NotNull(Assert.Single(files.Check()).Loaded);
    }

    [Fact]
    public void Check_BadFile_KeepsTheOldAndSaysSoOnce()
    {
        var files = Loaded();
        _time.Advance(TimeSpan.FromMinutes(1));
        _disk.Put("country.mmdb", [1, 2, 3], _time.GetUtcNow());
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.StartsWith("country.mmdb: ", Assert.Single(files.Check()).Error, StringComparison.Ordinal);
        Assert.Empty(files.Check());
        Assert.Equal("JP", files.Source.Find(IPAddress.Parse("192.0.2.1")).Country);
    }

    [Fact]
    public void Check_FileGoneAndBack_SaysSoOnceAndLoadsAgain()
    {
        var files = Loaded();
        _disk.Remove("country.mmdb");
        Assert.Equal("country.mmdb: cannot be read: no such file", Assert.Single(files.Check()).Error);
        Assert.Empty(files.Check());
        Assert.Equal("JP", files.Source.Find(IPAddress.Parse("192.0.2.1")).Country);

        _disk.Put("country.mmdb", DocumentationGeo.Flat(), _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(Assert.Single(files.Check()).Loaded);
    }

    private GeoFiles Files() => new("country.mmdb", string.Empty, _disk, _time);

    private GeoFiles Loaded()
    {
        _disk.Put("country.mmdb", DocumentationGeo.Nested(), _time.GetUtcNow());
        var files = Files();
        files.Load();
        return files;
    }

    private sealed class Disk : IGeoFileReader
    {
        private readonly Dictionary<string, (byte[] Bytes, DateTimeOffset ModifiedAt)> _files = [];

        public int Reads { get; private set; }

        public void Put(string path, byte[] bytes, DateTimeOffset modifiedAt) => _files[path] = (bytes, modifiedAt);

        public void Remove(string path) => _files.Remove(path);

        public GeoFileState Look(string path) => new(Get(path).ModifiedAt, Get(path).Bytes.Length);

        public Stream Open(string path)
        {
            Reads++;
            return new MemoryStream(Get(path).Bytes, writable: false);
        }

        private (byte[] Bytes, DateTimeOffset ModifiedAt) Get(string path) =>
            _files.TryGetValue(path, out var file) ? file : throw new FileNotFoundException("no such file");
    }
}
