using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// Starts all processes of this one in a thread that lasts as long as it. The signal that ends a worker when the server is gone
/// (<c>setpriv --pdeathsig</c>, prctl(2)) comes when the thread that started it ends, and threads of the pool do come and go.
/// </summary>
internal static class RubyStarter
{
    private static readonly Lazy<BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)>> Orders = new(Open);

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it cannot be started.</exception>
    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Value.Add((start, started));
        return started.Task;
    }

    private static BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Open()
    {
        var orders = new BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)>();
        new Thread(() => Run(orders)) { IsBackground = true, Name = "Ruby starter" }.Start();
        return orders;
    }

    private static void Run(BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> orders)
    {
        foreach (var (start, started) in orders.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException("No process was started."));
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        }
    }
}
