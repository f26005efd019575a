using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Pmilter.Admin.Status;
using Pmilter.Effects.Counters.HandOver;
using Pmilter.Server;
using Pmilter.Server.Lists;
using Pmilter.Service;

namespace Pmilter.TakeOver;

/// <summary>What a server lets go of when another process takes its place.</summary>
/// <param name="Front">The admin socket, metrics and the page.</param>
/// <param name="Leave">The server stops as soon as its sessions have ended.</param>
internal sealed record HandOverParts(
    MilterServer Server, IReadOnlyList<MilterListener> Listeners, ServerState State, StateKeeper Keeper, ListUses Uses, ServerFront Front, ServiceNotifier Service, Action Leave);

/// <summary>
/// Gives sockets and state to the process that takes over. Until that one is told to go nothing is final: when it fails, all is taken back, and
/// connections that came meanwhile have waited in the backlog.
/// </summary>
/// <param name="stateFolder">This server's; empty for none.</param>
internal sealed partial class HandOver(HandOverParts parts, string stateFolder, TimeProvider time, ILogger<HandOver> logger) : IAsyncDisposable
{
    /// <summary>The new process has prepared everything else before it asks: what is left is to load the state. An MTA waits 30 s for an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private StateForwarder? _forwarder;

    /// <summary>Another process is the server; this one has its last sessions.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Why a process may not take over; empty when it may.</summary>
    public string Refusal(TakeOverRequest request)
    {
        if (request.Protocol != TakeOverRequest.Current)
        {
            return $"it is pmilter {ServerSection.Version}, and pmilter {request.Version} takes over another way; stop the one and start the other (systemctl restart pmilter)";
        }

        var own = Full(stateFolder);
        return request.StateFolder == own ? string.Empty : $"its state is in {Shown(own)}, and this configuration has state.dir {Shown(request.StateFolder)}; take over first and move it with a restart";
    }

    public static string Full(string folder) => folder.Length > 0 ? Path.GetFullPath(folder) : string.Empty;

    /// <summary>True when the other process is the server now.</summary>
    /// <param name="close">Frees the place at which the next one asks.</param>
    [SupportedOSPlatform("linux")]
    public async Task<bool> TryAsync(Socket successor, PeerCredentials peer, TakeOverRequest request, Action close, CancellationToken stop)
    {
        // What its last sessions do goes to the other process over the same connection.
        var stream = new NetworkStream(successor, ownsSocket: true);
        var began = time.GetTimestamp();
        try
        {
            await parts.Front.CloseAsync().ConfigureAwait(false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var patience = new CancellationTokenSource(Patience, time);
            await using var late = patience.Token.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit).ConfigureAwait(false);
            began = time.GetTimestamp();
            await OfferAsync(successor, stream, limit.Token).ConfigureAwait(false);
            _ = await TakeOverLine.ReadAsync(stream, TakeOverJson.Default.TakeOverReady, limit.Token).ConfigureAwait(false);
            close();
            parts.Service.HandTo(peer.Process);
            await TakeOverLine.WriteAsync(stream, new TakeOverGo(), TakeOverJson.Default.TakeOverGo, limit.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was, the sessions that wait must go on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            // First the connection: the other one must know before it could begin.
            await stream.DisposeAsync().ConfigureAwait(false);
            await TakeBackAsync().ConfigureAwait(false);
            var reason = error is OperationCanceledException ? stop.IsCancellationRequested ? "this server stops" : $"it was not ready within {Patience.TotalSeconds} s" : error.Message;
            Log.Failed(logger, peer.Process, request.Version, reason);
            return false;
        }

        IsDone = true;
        parts.Server.Leave();
        _forwarder = new StateForwarder(stream, time, reason => Log.Lost(logger, peer.Process, reason));
        parts.State.Own?.HandTo(_forwarder);
        Log.Done(logger, peer.Process, request.Version, parts.Server.SessionCount, (long)time.GetElapsedTime(began).TotalMilliseconds);
        parts.Leave();
        return true;
    }

    /// <summary>The last session has ended: the other process hears of it.</summary>
    public ValueTask DisposeAsync() => _forwarder?.DisposeAsync() ?? ValueTask.CompletedTask;

    [SupportedOSPlatform("linux")]
    private async Task OfferAsync(Socket successor, Stream stream, CancellationToken stop)
    {
        if (parts.Listeners.Count > DescriptorPassing.Most)
        {
            throw new IOException($"{parts.Listeners.Count} listening sockets are more than can be handed over at once ({DescriptorPassing.Most})");
        }

        await parts.Server.PauseAsync().WaitAsync(stop).ConfigureAwait(false);
        parts.State.Own?.Hold();
        parts.Uses.Release();
        parts.Keeper.Release();
        var sockets = parts.Listeners.Select(listener => new OfferedSocket(listener.Options.ServiceName, listener.Options.IsInherited)).ToArray();
        await TakeOverLine.WriteAsync(stream, new TakeOverOffer(string.Empty, ServerSection.Version, sockets), TakeOverJson.Default.TakeOverOffer, stop).ConfigureAwait(false);
        DescriptorPassing.Send(successor, [.. parts.Listeners.Select(listener => listener.Handle)]);
    }

    /// <summary>Mail first.</summary>
    private async Task TakeBackAsync()
    {
        parts.State.Own?.Resume();
        parts.Server.Resume();
        parts.Service.TakeBack();
        await parts.Keeper.RetakeAsync().ConfigureAwait(false);
        parts.Uses.Resume();
        await parts.Front.OpenAsync().ConfigureAwait(false);
    }

    private static string Shown(string folder) => folder.Length > 0 ? folder : "''";

    private static partial class Log
    {
        [LoggerMessage(722, LogLevel.Information, "Process {Process} (pmilter {Version}) has taken over: {Sessions} sessions end here, new ones begin there; connections waited for {Milliseconds} ms")]
        public static partial void Done(ILogger logger, int process, string version, int sessions, long milliseconds);

        [LoggerMessage(723, LogLevel.Warning, "Process {Process} (pmilter {Version}) did not take over, this one goes on as before: {Reason}")]
        public static partial void Failed(ILogger logger, int process, string version, string reason);

        [LoggerMessage(724, LogLevel.Warning, "Process {Process}, which has taken over, does not answer: what the last sessions here count from now on is lost. {Reason}")]
        public static partial void Lost(ILogger logger, int process, string reason);
    }
}
