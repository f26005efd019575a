using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pmilter.Server;

namespace Pmilter.TakeOver;

/// <summary>
/// Waits for the process that will take this one's place, on a Unix socket beside the admin socket: <c>pmilter run --take-over</c>. Only this server's
/// user and root are heard. Never in the way of mail: where it cannot be opened the server goes on without it, and says so.
/// </summary>
internal sealed partial class TakeOverDesk(string adminSocket, HandOver handOver, ILogger<TakeOverDesk> logger)
{
    private static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(5);

    private readonly string _path = PathFor(adminSocket);
    private Socket? _listener;

    /// <summary>The socket's path; empty where there is no admin socket.</summary>
    public static string PathFor(string adminSocket) => adminSocket.Length > 0 ? $"{adminSocket}.take-over" : string.Empty;

    /// <summary>Until <paramref name="stop"/>, or another process has taken over.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (_path.Length == 0 || !OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            while (!stop.IsCancellationRequested)
            {
                _listener ??= Open();
                var successor = await _listener.AcceptAsync(stop).ConfigureAwait(false);
                if (await HasHandedAsync(successor, stop).ConfigureAwait(false))
                {
                    return;
                }

                successor.Dispose();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException && stop.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException or ServerStartException)
        {
            Log.NotOpened(logger, _path, error.Message);
        }
        finally
        {
            Close();
        }
    }

    private async Task<bool> HasHandedAsync(Socket successor, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux() || PeerCredentials.Of(successor) is not { } peer)
        {
            return false;
        }

        await using var stream = new NetworkStream(successor, ownsSocket: false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(RequestPatience);
        try
        {
            if (peer.User != 0 && peer.User != PeerCredentials.OwnUser)
            {
                Log.Stranger(logger, peer.Process, peer.User);
                await RefuseAsync(stream, $"only root and the server's user ({PeerCredentials.OwnUser}) may take over", limit.Token).ConfigureAwait(false);
                return false;
            }

            var request = await TakeOverLine.ReadAsync(stream, TakeOverJson.Default.TakeOverRequest, limit.Token).ConfigureAwait(false);
            if (handOver.Refusal(request) is { Length: > 0 } refusal)
            {
                await RefuseAsync(stream, refusal, limit.Token).ConfigureAwait(false);
                return false;
            }

            return await handOver.TryAsync(successor, peer, request, Close, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // It has gone, or says nothing: nothing has been done yet.
            return false;
        }
    }

    private static Task RefuseAsync(Stream to, string why, CancellationToken stop) =>
        TakeOverLine.WriteAsync(to, TakeOverOffer.Refuse(why), TakeOverJson.Default.TakeOverOffer, stop);

    private Socket Open()
    {
        PrivateFolder.Create(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        UnixSocketFile.MakeFree(_path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixListenerEndPoint(_path));
            UnixSocketFile.Own(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite, string.Empty);
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next process opens its own at the same place.</summary>
    private void Close()
    {
        if (_listener is { } listener)
        {
            _listener = null;
            listener.Dispose();
            File.Delete(_path);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(720, LogLevel.Warning, "The socket {Path} cannot be opened; the server goes on, and no other process can take over from it: {Reason}")]
        public static partial void NotOpened(ILogger logger, string path, string reason);

        [LoggerMessage(721, LogLevel.Warning, "Process {Process} of user {User} has tried to take over and was turned away: only root and the server's user may")]
        public static partial void Stranger(ILogger logger, int process, uint user);
    }
}
