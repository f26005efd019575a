using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pmilter.Service;

namespace Pmilter.Server;

/// <summary>Accepts connections on one socket and hands them over. An accept that fails never ends it.</summary>
internal sealed partial class MilterListener(
    ListenerPlace options, Socket socket, AllowedSources allowed, ConnectionSlots slots, TimeProvider time, ILogger<MilterListener> logger)
    : IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly AcceptProbe _probe = new();
    private TimeSpan _pause = ShortestPause;
    private bool _isFullTold;
    private int _open;
    private long _accepted;

    public ListenerPlace Options { get; } = options;

    /// <summary>The address that was bound: with port 0 the one that the system chose.</summary>
    public EndPoint? LocalEndPoint { get; } = socket.LocalEndPoint;

    /// <summary>Sessions that are open now.</summary>
    public int OpenSessions => Volatile.Read(ref _open);

    /// <summary>Sessions since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>How a connection is accepted.</summary>
    internal Func<CancellationToken, ValueTask<Socket>> Accept { get; init; } = socket.AcceptAsync;

    /// <summary>Called between the rounds of <see cref="RunAsync"/>, and before the socket is closed.</summary>
    internal Action Rest { get; init; } = static () => { };

    /// <summary>What another process is given to listen on the same socket.</summary>
    internal SafeSocketHandle Handle => socket.SafeHandle;

    /// <summary>Another process listens on the socket, too: a Unix socket's file is not removed at the end.</summary>
    internal bool IsShared { get; set; } = options.IsTakenOver;

    /// <summary>Until cancelled. <paramref name="start"/> owns the socket, and says <see cref="Ended"/> and frees the slot when the session is over.</summary>
    public async Task RunAsync(Action<Socket, MilterListener> start, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var connection = await NextAsync(cancellationToken).ConfigureAwait(false);
            if (connection is null)
            {
                continue;
            }

            if (IsProbeOrRefused(connection))
            {
                connection.Dispose();
                slots.Free();
                continue;
            }

            Interlocked.Increment(ref _open);
            Interlocked.Increment(ref _accepted);
            start(connection, this);
        }
    }

    /// <summary>A session that it had started is over.</summary>
    public void Ended() => Interlocked.Decrement(ref _open);

    /// <summary>Whether a connection would be taken now, or waits as <c>server.max_connections</c> says.</summary>
    public async Task<bool> IsAcceptingAsync(TimeSpan patience, CancellationToken cancellationToken) =>
        slots.IsFull
        || LocalEndPoint is not { } place
        || await _probe.TryAsync(place, patience, time, cancellationToken).ConfigureAwait(false)
        || slots.IsFull;

    public void Dispose()
    {
        Rest();
        ListenerSocket.Close(Options with { IsTakenOver = IsShared }, socket);
    }

    /// <summary>Null when there is none for now; with a connection a slot is taken.</summary>
    private async ValueTask<Socket?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WaitForSlotAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        try
        {
            var connection = await Accept(cancellationToken).ConfigureAwait(false);
            _pause = ShortestPause;
            return connection;
        }
        catch (OperationCanceledException)
        {
            slots.Free();
            return null;
        }
        catch (SocketException error)
        {
            slots.Free();
            await BackOffAsync(error, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask WaitForSlotAsync(CancellationToken cancellationToken)
    {
        if (slots.IsFull && !_isFullTold)
        {
            _isFullTold = true;
            Log.Full(logger, Options.Name);
        }

        await slots.TakeAsync(cancellationToken).ConfigureAwait(false);
        _isFullTold &= slots.IsFull;
    }

    /// <summary>EMFILE and ENFILE last until something closes: without a pause the loop would spin, without a limit the log would fill.</summary>
    private async Task BackOffAsync(SocketException error, CancellationToken cancellationToken)
    {
        if (error.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.WouldBlock)
        {
            return;
        }

        if (_pause == ShortestPause)
        {
            Log.AcceptFailed(logger, Options.Name, error.Message);
        }

        try
        {
            await Task.Delay(_pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }

    private bool IsProbeOrRefused(Socket connection)
    {
        EndPoint? remote;
        try
        {
            remote = connection.RemoteEndPoint;
        }
        catch (SocketException)
        {
            // Gone already; the session would only find its end.
            return true;
        }

        if (_probe.Takes(remote))
        {
            return true;
        }

        if (allowed.Admits(remote))
        {
            return false;
        }

        if (allowed.IsWarningDue(remote))
        {
            Log.NotAllowed(logger, Options.Name, remote);
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Warning, "Listener {Listener} cannot accept: {Reason}; it keeps trying. Raise the limit of open files (LimitNOFILE, ulimit -n)")]
        public static partial void AcceptFailed(ILogger logger, string listener, string reason);

        [LoggerMessage(111, LogLevel.Warning, "Listener {Listener} refused a connection from {Remote}: it is not in server.allow")]
        public static partial void NotAllowed(ILogger logger, string listener, EndPoint? remote);

        [LoggerMessage(112, LogLevel.Warning, "Listener {Listener} waits: server.max_connections are open; further connections stay in the backlog")]
        public static partial void Full(ILogger logger, string listener);
    }
}
