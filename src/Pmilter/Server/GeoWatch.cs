using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pmilter.Effects.Geo;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;

namespace Pmilter.Server;

/// <summary>The country data: opened at start when a policy needs them, exchanged when their files change.</summary>
internal sealed partial class GeoWatch(GeoSettings options, TimeProvider time, ILogger<GeoWatch> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private readonly GeoFiles _files = new(options.Country, options.Asn, new DiskGeoFiles(), time);

    private readonly ConcurrentDictionary<string, string> _errors = new(StringComparer.Ordinal);

    public IGeoSource Source => _files.Source;

    public IEnumerable<GeoDatabase> InForce => new[] { _files.Source.Country, _files.Source.Asn }.OfType<GeoDatabase>();

    /// <summary>Why the file as it is now is not in force; empty when it is.</summary>
    public string ErrorOf(string path) => _errors.GetValueOrDefault(path, string.Empty);

    /// <exception cref="ServerStartException">A policy needs data that cannot be read.</exception>
    public void Open(PolicySet policies)
    {
        try
        {
            _files.Load();
        }
        catch (GeoDatabaseException error) when (policies.NeedsGeo || policies.NeedsAsn)
        {
            throw new ServerStartException($"{error.Message}; a policy needs it: correct 'geoip' in pmilter.yaml or renew the file (geoip/README.md).", error);
        }
        catch (GeoDatabaseException error)
        {
            Log.Unused(logger, error.Message);
        }

        if (policies.NeedsAsn && options.Asn.Length == 0)
        {
            throw new ServerStartException("A policy needs autonomous systems and there is no file of them: name one in 'geoip.asn' of pmilter.yaml (geoip/README.md says where to get it).");
        }

        WarnOfAge(_files.Source.Country);
        WarnOfAge(_files.Source.Asn);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                Check();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Check()
    {
        foreach (var change in _files.Check())
        {
            if (change.Loaded is { } loaded)
            {
                _errors.TryRemove(change.Path, out _);
                Log.Replaced(logger, change.Path, loaded.BuiltAt);
                continue;
            }

            _errors[change.Path] = change.Error ?? change.Path;
            Log.Kept(logger, change.Error ?? change.Path);
        }
    }

    private void WarnOfAge(GeoDatabase? database)
    {
        if (database is not null && database.Age(time) > options.WarnAfter)
        {
            Log.Old(logger, database.Name, (int)database.Age(time).TotalDays);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Warning, "{Path} is {AgeDays} days old; geoip/README.md says how to renew it")]
        public static partial void Old(ILogger logger, string path, int ageDays);

        [LoggerMessage(401, LogLevel.Information, "{Path} is exchanged; its data are of {BuiltAt}")]
        public static partial void Replaced(ILogger logger, string path, DateTimeOffset builtAt);

        [LoggerMessage(402, LogLevel.Warning, "{Reason}; the data read before stay in force")]
        public static partial void Kept(ILogger logger, string reason);

        [LoggerMessage(403, LogLevel.Warning, "{Reason}; no policy needs it")]
        public static partial void Unused(ILogger logger, string reason);
    }
}

/// <summary>The real file system.</summary>
internal sealed class DiskGeoFiles : IGeoFileReader
{
    public GeoFileState Look(string path)
    {
        var file = new FileInfo(path);
        return new GeoFileState(new DateTimeOffset(file.LastWriteTimeUtc), file.Length);
    }

    public Stream Open(string path) => File.OpenRead(path);
}
