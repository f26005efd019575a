using System.Diagnostics;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>Real processes have no virtual clock: waits for something to come true, bounded.</summary>
internal static class Wait
{
    public static async Task<T> ForAsync<T>(Func<T?> look, string what, int seconds = 20)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            if (look() is { } found)
            {
                return found;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"Waited {seconds} s for {what}.");
    }
}
