using System.Net;
using MaxMind.Db;

namespace Pmilter.Effects.Geo;

/// <summary>What a MaxMind-format file tells.</summary>
public enum GeoContent
{
    Country,
    Asn,
}

/// <summary>
/// One file, whole in memory: a file overwritten in place would abort a process that had mapped it. Never disposed while in use:
/// what was swapped out is left to the garbage collector.
/// </summary>
public sealed class GeoDatabase
{
    private const int MostMetadataBytes = 128 * 1024;

    private readonly Reader _reader;
    private readonly AsnShape _asnShape;

    private GeoDatabase(Reader reader, string name, GeoContent content, AsnShape asnShape)
    {
        _reader = reader;
        _asnShape = asnShape;
        Name = name;
        Content = content;
        BuiltAt = new DateTimeOffset(DateTime.SpecifyKind(reader.Metadata.BuildDate, DateTimeKind.Utc));
    }

    /// <summary>Its memory lies outside the heap, and only here does anybody know that no look-up reads it any more.</summary>
#pragma warning disable MA0055 // A look-up may still read a database that was exchanged: only the collector knows when none does.
    ~GeoDatabase() => _reader.Dispose();
#pragma warning restore MA0055

    private enum AsnShape
    {
        Long,
        Numbered,
        Text,
    }

    /// <summary>As the caller named it: the path.</summary>
    public string Name { get; }

    public GeoContent Content { get; }

    public DateTimeOffset BuiltAt { get; }

    public string DatabaseType => _reader.Metadata.DatabaseType;

    public TimeSpan Age(TimeProvider time) => time.GetUtcNow() - BuiltAt;

    /// <exception cref="GeoDatabaseException">Not a database, or not one of this content.</exception>
    public static GeoDatabase Open(byte[] bytes, string name, GeoContent content = GeoContent.Country)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Open(stream, name, content);
    }

    /// <exception cref="GeoDatabaseException">Not a database, or not one of this content.</exception>
    public static GeoDatabase Open(Stream stream, string name, GeoContent content = GeoContent.Country)
    {
        Reader? reader = null;
        GeoDatabase? database = null;
        try
        {
            CheckEnd(stream, name);
            reader = new Reader(stream);
            database = new GeoDatabase(reader, name, content, content == GeoContent.Asn ? ShapeOf(reader) : default);
            database.Probe();
            reader = null;
            return database;
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw new GeoDatabaseException($"{name}: not a usable MaxMind database: {error.Message}", error);
        }
        finally
        {
            if (reader is not null)
            {
                reader.Dispose();
#pragma warning disable CA1816 // Given back here already.
                GC.SuppressFinalize((object?)database ?? reader);
#pragma warning restore CA1816
            }
        }
    }

    internal (string Country, string Continent) FindCountry(IPAddress address)
    {
        CountryRecord? record;
        try
        {
            record = _reader.Find<CountryRecord>(address);
        }
        catch (Exception error) when (IsDamage(error))
        {
            // A damaged record: the rest of the file may well be good.
            return (string.Empty, string.Empty);
        }

        GC.KeepAlive(this);
        var country = record?.CountryCode ?? record?.Country?.IsoCode ?? record?.RegisteredCountry?.IsoCode ?? string.Empty;
        return (country, record?.ContinentCode ?? record?.Continent?.Code ?? string.Empty);
    }

    internal (long Number, string Organisation) FindAsn(IPAddress address)
    {
        try
        {
            var found = _asnShape switch
            {
                AsnShape.Numbered => _reader.Find<NumberedAsnRecord>(address)?.Read() ?? default,
                AsnShape.Text => _reader.Find<ShortAsnRecord>(address)?.Read() ?? default,
                _ => _reader.Find<AsnRecord>(address)?.Read() ?? default,
            };
            GC.KeepAlive(this);
            return found;
        }
        catch (Exception error) when (IsDamage(error))
        {
            return (0, string.Empty);
        }
    }

    /// <summary>What the reader throws at 300 damaged files, and the base library's errors behind it.</summary>
    /// <summary>A reader that throws while it is made keeps its memory for good, and a file that is cut off is what comes again and again.</summary>
    private static void CheckEnd(Stream stream, string name)
    {
        if (!stream.CanSeek)
        {
            return;
        }

        var end = new byte[Math.Min(MostMetadataBytes, stream.Length)];
        stream.Position = stream.Length - end.Length;
        stream.ReadExactly(end);
        stream.Position = 0;
        if (end.AsSpan().LastIndexOf(MetadataMarker) < 0)
        {
            throw new GeoDatabaseException($"{name}: not a usable MaxMind database: it has no metadata at its end; it is cut off, or another file");
        }
    }

    /// <summary>AB CD EF and a name.</summary>
    private static ReadOnlySpan<byte> MetadataMarker => [0xAB, 0xCD, 0xEF, (byte)'M', (byte)'a', (byte)'x', (byte)'M', (byte)'i', (byte)'n', (byte)'d', (byte)'.', (byte)'c', (byte)'o', (byte)'m'];

    private static bool IsDamage(Exception error) => error is InvalidDatabaseException or DeserializationException
        or ArgumentException or InvalidOperationException or IOException or IndexOutOfRangeException or OverflowException or InvalidCastException;

    private static AsnShape ShapeOf(Reader reader)
    {
        var record = FirstRecord(reader);
        if (!record.TryGetValue("asn", out var number))
        {
            return AsnShape.Long;
        }

        return number is string ? AsnShape.Text : AsnShape.Numbered;
    }

    private static Dictionary<string, object> FirstRecord(Reader reader)
    {
        foreach (var node in reader.FindAll<Dictionary<string, object>>())
        {
            return node.Data;
        }

        return [];
    }

    private void Probe()
    {
        var keys = FirstRecord(_reader).Keys;
        var isFit = Content == GeoContent.Country
            ? keys.Any(key => key is "country" or "country_code" or "registered_country" or "continent" or "continent_code")
            : keys.Any(key => key is "autonomous_system_number" or "asn");
        if (!isFit)
        {
            var wanted = Content == GeoContent.Country ? "country.iso_code or country_code" : "autonomous_system_number or asn";
            throw new GeoDatabaseException(
                $"{Name}: a database of type '{DatabaseType}' with the fields {string.Join(", ", keys.Order(StringComparer.Ordinal))}; expected {wanted}");
        }
    }
}
