using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pmilter.Admin;

/// <summary>Asks a running server through its admin socket.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly string _path;
    private readonly string _readPath;
    private readonly HttpClient _http;
    private bool _isAtReadSocket;

    /// <param name="path">The socket that does everything; may be empty where there is one that reads.</param>
    /// <param name="readPath">The one that only reads, for those who may not use the other; empty: none.</param>
    public AdminClient(string path, string readPath = "")
    {
        _path = path;
        _readPath = readPath;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false })
        {
            BaseAddress = new Uri("http://pmilter/"),
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    /// <exception cref="AdminException">The server has no such thing.</exception>
    /// <exception cref="IOException">Nobody answers.</exception>
    public Task<T> GetAsync<T>(string request, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, request, type, cancellationToken);

    /// <exception cref="AdminException">The server has no such thing.</exception>
    /// <exception cref="IOException">Nobody answers.</exception>
    public Task<T> PostAsync<T>(string request, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, request, type, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            using var message = new HttpRequestMessage(method, request);
            using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var answer = await response.Content.ReadFromJsonAsync(AdminJson.Default.ErrorAnswer, cancellationToken).ConfigureAwait(false);
                throw new AdminException($"{answer?.Error ?? $"The server answered {(int)response.StatusCode}."}{(response.StatusCode == HttpStatusCode.Forbidden && _isAtReadSocket && _path.Length > 0 ? " This user may not use that one." : string.Empty)}");
            }

            return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw new IOException("The server's answer is empty.");
        }
        catch (HttpRequestException error)
        {
            throw new IOException(Unreachable(error.InnerException ?? error), error);
        }
        catch (JsonException error)
        {
            throw new IOException($"The server's answer cannot be read ({error.Message}); is it another version?", error);
        }
    }

    private string Unreachable(Exception reason) => reason is SocketException { SocketErrorCode: SocketError.AccessDenied }
        ? $"{string.Join(" and ", new[] { _path, _readPath }.Where(path => path.Length > 0))} may not be used by this user; run this as the server's user, as a member of the socket's group, or as root."
        : $"no server answers on {(_isAtReadSocket ? _readPath : _path)} ({reason.Message}). Is 'pmilter run' running with this configuration? admin.socket or --socket names the socket.";

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (_path.Length > 0 && (_readPath.Length == 0 || !_isAtReadSocket))
        {
            try
            {
                return await ConnectAsync(_path, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied && _readPath.Length > 0)
            {
                // Who may not change anything may still look.
            }
        }

        _isAtReadSocket = true;
        return await ConnectAsync(_readPath, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
