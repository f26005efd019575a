namespace Pmilter.Effects.Geo;

/// <summary>What tells that a file changed.</summary>
public readonly record struct GeoFileState(DateTimeOffset ModifiedAt, long Length);

/// <summary>The file system as this needs it. Both may throw IOException or UnauthorizedAccessException.</summary>
public interface IGeoFileReader
{
    GeoFileState Look(string path);

    /// <summary>The reader copies it into memory and disposes of it.</summary>
    Stream Open(string path);
}

/// <summary>What a look at the files found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Loaded">The new data; null on failure.</param>
/// <param name="Error">What is wrong, the file named; null on success.</param>
public sealed record GeoFileChange(string Path, GeoDatabase? Loaded, string? Error);

/// <summary>
/// Keeps a source in step with its files. <see cref="Load"/> at start throws; <see cref="Check"/>, called now and then, loads what
/// has another time or length, keeps the old data on an error and reports each error once until the file changes again. A file that
/// is younger than a second is left to the next look: it may still be being written.
/// </summary>
/// <param name="countryPath">Empty: none.</param>
/// <param name="asnPath">Empty: none.</param>
public sealed class GeoFiles(string countryPath, string asnPath, IGeoFileReader files, TimeProvider time)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, GeoFileState> _seen = new(StringComparer.Ordinal);

    public MaxMindGeoSource Source { get; } = new(null);

    /// <exception cref="GeoDatabaseException">A file is missing, unreadable or not what it should be.</exception>
    public void Load() => Source.Replace(LoadOne(countryPath, GeoContent.Country), LoadOne(asnPath, GeoContent.Asn));

    /// <summary>One entry for each file that changed or began to fail.</summary>
    public IReadOnlyList<GeoFileChange> Check()
    {
        var country = CheckOne(countryPath, GeoContent.Country);
        var asn = CheckOne(asnPath, GeoContent.Asn);
        if (country?.Loaded is not null || asn?.Loaded is not null)
        {
            Source.Replace(country?.Loaded ?? Source.Country, asn?.Loaded ?? Source.Asn);
        }

        return [.. new[] { country, asn }.OfType<GeoFileChange>()];
    }

    private GeoDatabase? LoadOne(string path, GeoContent content)
    {
        if (path.Length == 0)
        {
            return null;
        }

        try
        {
            _seen[path] = files.Look(path);
            return Read(path, content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GeoDatabaseException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private GeoFileChange? CheckOne(string path, GeoContent content)
    {
        if (path.Length == 0)
        {
            return null;
        }

        GeoFileState state = default;
        try
        {
            state = files.Look(path);
            // A time to come, where a clock was wrong or was set back, says nothing of how long the file has been at rest.
            if (IsSeen(path, state) || (time.GetUtcNow() - state.ModifiedAt).Duration() < Settle)
            {
                return null;
            }

            _seen[path] = state;
            return new GeoFileChange(path, Read(path, content), null);
        }
        catch (GeoDatabaseException error)
        {
            return new GeoFileChange(path, null, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that is gone has the default state: told once, loaded when it comes back. One that exists was not seen yet.
            var isTold = state == default && IsSeen(path, state);
            _seen[path] = state;
            return isTold ? null : new GeoFileChange(path, null, $"{path}: cannot be read: {error.Message}");
        }
    }

    private GeoDatabase Read(string path, GeoContent content)
    {
        using var file = files.Open(path);
        return GeoDatabase.Open(file, path, content);
    }

    private bool IsSeen(string path, GeoFileState state) => _seen.TryGetValue(path, out var seen) && seen == state;
}
