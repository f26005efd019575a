using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pmilter.Admin.Status;
using Pmilter.Effects.Counters.HandOver;
using Pmilter.Policies.State;
using Pmilter.Server;
using Pmilter.Service;

namespace Pmilter.TakeOver;

/// <summary>The running server, seen from the process that takes its place. Until <see cref="SucceedAsync"/> the connection's end is all that it takes to go back.</summary>
internal sealed partial class Predecessor : IAsyncDisposable
{
    /// <summary>It stops answering over HTTP, ends what is under way in its state, and saves that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _process;
    private readonly string _version;
    private volatile bool _hasEnded;

    private Predecessor(Stream stream, int process, TakeOverOffer offer, InheritedSockets sockets, TimeProvider time, ILogger logger)
    {
        _stream = stream;
        _process = process;
        _version = offer.Version;
        Sockets = sockets;
        _time = time;
        _logger = logger;
    }

    /// <summary>Its number while it still has sessions; null when it has ended.</summary>
    public int? Draining => _hasEnded ? null : _process;

    /// <summary>What it listened on.</summary>
    public InheritedSockets Sockets { get; }

    /// <summary>Asks it for its sockets and its state, which is saved then and nobody's; null where no server runs.</summary>
    /// <param name="adminSocket">Of the configuration.</param>
    /// <param name="stateFolder">Of the configuration.</param>
    /// <exception cref="ServerStartException">It does not hand over; it goes on as before.</exception>
    public static async Task<Predecessor?> MeetAsync(string adminSocket, string stateFolder, TimeProvider time, ILogger<Predecessor> logger, CancellationToken stop)
    {
        var path = TakeOverDesk.PathFor(adminSocket);
        if (path.Length == 0)
        {
            throw new ServerStartException("--take-over finds the running server beside its admin socket, and admin.socket is ''; name one in pmilter.yaml and restart once without --take-over.");
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new ServerStartException("--take-over needs Linux, which passes open sockets from one process to another; stop the running server and start this one.");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop).ConfigureAwait(false);
            if (PeerCredentials.Of(socket) is not { } peer || peer.User != PeerCredentials.OwnUser)
            {
                throw new ServerStartException($"Cannot take over: the running server is of another user{(PeerCredentials.Of(socket) is { } other ? $" ({other.User})" : string.Empty)}, who could not read what this one writes; start this one as that user (runuser, setpriv).");
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var patience = new CancellationTokenSource(Patience, time);
            await using var late = patience.Token.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            var request = new TakeOverRequest(TakeOverRequest.Current, ServerSection.Version, HandOver.Full(stateFolder));
            await TakeOverLine.WriteAsync(stream, request, TakeOverJson.Default.TakeOverRequest, limit.Token).ConfigureAwait(false);
            var offer = await TakeOverLine.ReadAsync(stream, TakeOverJson.Default.TakeOverOffer, limit.Token).ConfigureAwait(false);
            return offer.Refusal.Length == 0
                ? new Predecessor(stream, peer.Process, offer, InheritedSockets.FromPredecessor(offer.Sockets, DescriptorPassing.Receive(socket, Patience)), time, logger)
                : throw new ServerStartException($"Cannot take over: {offer.Refusal}.");
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // No socket, or one that a killed server has left.
            socket.Dispose();
            Log.Nobody(logger, path);
            return null;
        }
        catch (Exception error) when (error is IOException or SocketException || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            socket.Dispose();
            throw Failure(error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Says that this process has everything, and returns when it is the server.</summary>
    /// <param name="listeners">Closed when it does not become that.</param>
    /// <exception cref="ServerStartException">The process before goes on.</exception>
    public async Task SucceedAsync(IReadOnlyList<MilterListener> listeners, CancellationToken stop)
    {
        try
        {
            await ReadyAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }

            throw;
        }

        foreach (var listener in listeners)
        {
            listener.IsShared = false;
        }
    }

    private async Task ReadyAsync(CancellationToken stop)
    {
        try
        {
            await TakeOverLine.WriteAsync(_stream, new TakeOverReady(), TakeOverJson.Default.TakeOverReady, stop).ConfigureAwait(false);

            // The answer is heard whatever comes: it may have been given already, and then this process must stop as the server that it is.
            _ = await TakeOverLine.ReadAsync(_stream, TakeOverJson.Default.TakeOverGo, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw Failure(error);
        }

        Log.TookOver(_logger, _process, _version);
        foreach (var address in Sockets.CloseUntaken())
        {
            Log.Closed(_logger, address);
        }
    }

    /// <summary>Does what its last sessions ask of the state, until they have ended.</summary>
    public async Task ServeAsync(IStateStore store, Func<StateInventory> inForce, CancellationToken stop)
    {
        try
        {
            await new StateReceiver(store, inForce).RunAsync(_stream, stop).ConfigureAwait(false);
            Log.Ended(_logger, _process);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && stop.IsCancellationRequested)
        {
            // This server stops.
        }
        catch (IOException error)
        {
            Log.Broken(_logger, _process, error.Message);
        }
        finally
        {
            _hasEnded = true;
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Sockets.Dispose();
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static ServerStartException Failure(Exception error) =>
        new($"Cannot take over: {(error is OperationCanceledException ? "the running server does not answer" : error.Message)}. It goes on as before; its log may say more.", error);

    private static partial class Log
    {
        [LoggerMessage(725, LogLevel.Information, "No server answers on {Path}: there is nobody to take over from, this one starts as ever")]
        public static partial void Nobody(ILogger logger, string path);

        [LoggerMessage(726, LogLevel.Information, "Took over from process {Process} (pmilter {Version}), which ends with its last session")]
        public static partial void TookOver(ILogger logger, int process, string version);

        [LoggerMessage(727, LogLevel.Information, "{Address} is closed: the process before listened there, and this configuration does not")]
        public static partial void Closed(ILogger logger, string address);

        [LoggerMessage(728, LogLevel.Information, "Process {Process}, from which this one took over, has ended its last session")]
        public static partial void Ended(ILogger logger, int process);

        [LoggerMessage(729, LogLevel.Warning, "Process {Process}, from which this one took over, cannot count here any more; what its last sessions count is lost: {Reason}")]
        public static partial void Broken(ILogger logger, int process, string reason);
    }
}
