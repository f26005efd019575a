using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Pmilter.Server;

/// <summary>Serves one accepted connection to its end; disposes the socket. Cancelled when the drain is over.</summary>
internal delegate Task ServeConnection(Socket connection, string listener, CancellationToken cancellationToken);

/// <summary>All listeners and the sessions that they began. Stops gracefully: nothing new, then sessions end by themselves or at the drain's end.</summary>
internal sealed partial class MilterServer(
    IReadOnlyList<MilterListener> listeners, ConnectionSlots slots, ServeConnection serve, TimeSpan drain, TimeProvider time, ILogger<MilterServer> logger)
{
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nobody waits for the end of a process that another has taken over from: sessions have the time that an SMTP session takes.</summary>
    public static readonly TimeSpan LeftDrain = TimeSpan.FromMinutes(10);

    private readonly AcceptPause _pause = new();

    // The server itself counts as one until it stops.
    private int _open = 1;
    private Task[] _loops = [];
    private bool _isLeft;

    public int SessionCount => listeners.Sum(listener => listener.OpenSessions);

    /// <summary>A listener whose loop has ended while it should not; empty when there is none.</summary>
    public string EndedListener
    {
        get
        {
            var ended = _pause.IsOn ? -1 : Array.FindIndex(_loops, loop => loop.IsCompleted);
            return ended < 0 ? string.Empty : $"listener {listeners[ended].Options.Name} takes no connections any more";
        }
    }

    /// <summary>What does not work while it should; empty when all does. For the watchdog.</summary>
    public async Task<string> FaultAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _loops.Length; i++)
        {
            if ((_loops[i].IsCompleted || !await listeners[i].IsAcceptingAsync(patience, cancellationToken).ConfigureAwait(false)) && !_pause.IsOn)
            {
                return $"Listener {listeners[i].Options.Name} takes no connections any more";
            }
        }

        return string.Empty;
    }

    /// <summary>Nothing is accepted from now on: connections wait in the backlog. Sessions go on.</summary>
    public Task PauseAsync() => _pause.BeginAsync();

    public void Resume() => _pause.End();

    /// <summary>Another process listens on the sockets; to be called in a pause, before the stop.</summary>
    public void Leave()
    {
        _isLeft = true;
        foreach (var listener in listeners)
        {
            listener.IsShared = true;
        }
    }

    /// <summary>Until <paramref name="stop"/>, and then until the last session is over.</summary>
    /// <param name="hurry">Ends the time that sessions have after <see cref="Leave"/>: then they have that of a stop.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken hurry = default)
    {
        using var abandon = new CancellationTokenSource();
        try
        {
            do
            {
                var round = _pause.Round(stop);
                _loops = [.. listeners.Select(listener => listener.RunAsync((socket, from) => Begin(socket, from, abandon.Token), round))];
                await Task.WhenAll(_loops).ConfigureAwait(false);
                foreach (var listener in listeners)
                {
                    listener.Rest();
                }
            }
            while (await _pause.IsOverAsync(stop).ConfigureAwait(false));
        }
        finally
        {
            // Closes the sockets and removes their files: the MTA finds nobody and applies its default action.
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }

            await DrainAsync(abandon, hurry).ConfigureAwait(false);
        }
    }

    /// <summary>The session begins in the thread that accepted it and goes on where its socket is found readable: no hop to another.</summary>
    private void Begin(Socket socket, MilterListener listener, CancellationToken abandon)
    {
        Interlocked.Increment(ref _open);
        _ = ServeAsync(socket, listener, abandon);
    }

    private async Task ServeAsync(Socket socket, MilterListener listener, CancellationToken abandon)
    {
        try
        {
            await serve(socket, listener.Options.Name, abandon).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            // The drain is over.
        }
#pragma warning disable CA1031 // A bug in one session must not end the others.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.SessionFailed(logger, error, listener.Options.Name);
        }
        finally
        {
            socket.Dispose();
            slots.Free();
            listener.Ended();
            End();
        }
    }

    private async Task DrainAsync(CancellationTokenSource abandon, CancellationToken hurry)
    {
        var open = SessionCount;
        End();
        if (open == 0 || (_isLeft && await HaveEndedAsync(hurry).ConfigureAwait(false)))
        {
            return;
        }

        // The time runs before anybody is told of it.
        var drained = _allEnded.Task.WaitAsync(drain, time, CancellationToken.None);
        Log.Draining(logger, open, drain.TotalSeconds);
        try
        {
            await drained.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.Abandoned(logger, SessionCount);
            await abandon.CancelAsync().ConfigureAwait(false);
            await _allEnded.Task.ConfigureAwait(false);
        }
    }

    private async Task<bool> HaveEndedAsync(CancellationToken hurry)
    {
        try
        {
            await _allEnded.Task.WaitAsync(LeftDrain, time, hurry).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allEnded.SetResult();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Error, "A session of listener {Listener} failed; the others go on")]
        public static partial void SessionFailed(ILogger logger, Exception error, string listener);

        [LoggerMessage(101, LogLevel.Information, "Stopping: {Sessions} sessions may end within {DrainSeconds} s")]
        public static partial void Draining(ILogger logger, int sessions, double drainSeconds);

        [LoggerMessage(102, LogLevel.Warning, "Stopping: {Sessions} sessions were still open at the end of server.drain and are closed")]
        public static partial void Abandoned(ILogger logger, int sessions);
    }
}
