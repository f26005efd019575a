using System.Globalization;
using System.Text;
using Pmilter.Server;

namespace Pmilter.Reloading;

/// <summary>
/// Sees when policy files change and have come to rest: looked at by time and size every other second, so that it works on every file
/// system, and reloaded once two looks in a row see the same, so that half a file that is being written is not read.
/// </summary>
internal sealed class PolicyWatch(string folder, string configuration, PolicyReloader reloader, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private string _loaded = Look(folder, configuration);
    private string? _seen;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                Check();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    internal void Check()
    {
        var now = Look(folder, configuration);
        if (string.Equals(now, _loaded, StringComparison.Ordinal))
        {
            _seen = null;
        }
        else if (string.Equals(now, _seen, StringComparison.Ordinal))
        {
            // A mistake is told once, not every other second.
            _loaded = now;
            _seen = null;
            reloader.Reload(ReloadCause.Files);
        }
        else
        {
            _seen = now;
        }
    }

    /// <summary>Names, times and sizes; a folder that cannot be read is a state like another.</summary>
    private static string Look(string folder, string configuration)
    {
        var text = new StringBuilder();
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal).Append(configuration).Where(path => path.Length > 0))
            {
                var file = new FileInfo(path);
                text.Append(CultureInfo.InvariantCulture, $"{path}\0{file.LastWriteTimeUtc.Ticks}\0{(file.Exists ? file.Length : -1)}\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            text.Append(error.GetType().Name);
        }

        return text.ToString();
    }
}
