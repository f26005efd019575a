using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Pmilter.Service;

/// <summary>
/// WATCHDOG_USEC: at half of it, if everything that should be alive is. When it is not, the manager hears nothing, and ends and starts
/// this process again (WatchdogSec=).
/// </summary>
internal sealed partial class Watchdog(TimeSpan limit, ServiceNotifier service, TimeProvider time, ILogger<Watchdog> logger)
{
    private bool _isTold;

    /// <summary>What the manager asks of this process; null: nothing.</summary>
    public static TimeSpan? Asked()
    {
        var process = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        var microseconds = Environment.GetEnvironmentVariable("WATCHDOG_USEC");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", null);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", null);
        var isOurs = process is null || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isOurs && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0 ? TimeSpan.FromMicroseconds(given) : null;
    }

    /// <summary>Until cancelled. A check may take a quarter of the limit: with the half that it waits before, that is in time.</summary>
    /// <param name="check">What does not work; empty when all does.</param>
    public async Task RunAsync(Func<TimeSpan, CancellationToken, Task<string>> check, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(limit / 2, time);
            do
            {
                await LookAsync(check, cancellationToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task LookAsync(Func<TimeSpan, CancellationToken, Task<string>> check, CancellationToken cancellationToken)
    {
        var fault = await check(limit / 4, cancellationToken).ConfigureAwait(false);
        if (fault.Length == 0)
        {
            _isTold = false;
            service.Alive();
            return;
        }

        if (!_isTold)
        {
            _isTold = true;
            Log.Stuck(logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(640, LogLevel.Critical, "{Fault}; the watchdog is not answered, so that the service manager starts this server again")]
        public static partial void Stuck(ILogger logger, string fault);
    }
}
