using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pmilter.Admin;

/// <summary>Asks a running server through its admin socket.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly string _path;
    private readonly HttpClient _http;

    public AdminClient(string path)
    {
        _path = path;
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
                throw new AdminException(answer?.Error ?? $"The server answered {(int)response.StatusCode}.");
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
        ? $"{_path} belongs to the server's user; run this as that user or as root."
        : $"no server answers on {_path} ({reason.Message}). Is 'pmilter run' running with this configuration? admin.socket or --socket names the socket.";

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
