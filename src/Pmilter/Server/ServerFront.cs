using Pmilter.Admin;
using Pmilter.Monitoring;

namespace Pmilter.Server;

/// <summary>What answers people and programs that watch the server, and not the MTA: it is bound anew when another process takes over.</summary>
/// <param name="monitor">Metrics, health and the page; null where they are not served.</param>
internal sealed class ServerFront(MonitorServer? monitor, IReadOnlyList<AdminServer> doors)
{
    public async Task OpenAsync()
    {
        await (monitor?.StartAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        foreach (var door in doors)
        {
            await door.OpenAsync().ConfigureAwait(false);
        }
    }

    public async Task CloseAsync()
    {
        foreach (var door in doors)
        {
            await door.CloseAsync().ConfigureAwait(false);
        }

        if (monitor is not null)
        {
            await monitor.DisposeAsync().ConfigureAwait(false);
        }
    }
}
