using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Pmilter.TestKit;

/// <summary>A request that a webhook got.</summary>
public sealed record Posted(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A web server on loopback that answers as it is told, in turn; the last answer stays.</summary>
public sealed class HttpSink : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Channel<Posted> _posted = Channel.CreateUnbounded<Posted>();
    private readonly Queue<Action<HttpListenerResponse>?> _answers;
    private readonly Task _run;

    /// <param name="answers">Null: it never answers.</param>
    public HttpSink(params Action<HttpListenerResponse>?[] answers)
    {
        _answers = new(answers.Length > 0 ? answers : [Status(200)]);
        Url = new Uri($"http://127.0.0.1:{FreePort()}/hook/secret");
        _listener.Prefixes.Add($"http://127.0.0.1:{Url.Port}/");
        _listener.Start();
        _run = Task.Run(RunAsync);
    }

    public Uri Url { get; }

    public int Count { get; private set; }

    public static Action<HttpListenerResponse> Status(int status, string body = "", string? location = null) => response =>
    {
        response.StatusCode = status;
        if (location is not null)
        {
            response.Headers["Location"] = location;
        }

        response.Close(System.Text.Encoding.UTF8.GetBytes(body), willBlock: false);
    };

    public static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async Task<Posted> NextAsync() => await _posted.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _run;
        _listener.Close();
    }

    private async Task RunAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream);
            var headers = context.Request.Headers.AllKeys.OfType<string>().ToDictionary(name => name, name => context.Request.Headers[name]!, StringComparer.OrdinalIgnoreCase);
            var posted = new Posted(context.Request.HttpMethod, context.Request.Url!.AbsolutePath, headers, await reader.ReadToEndAsync());
            Count++;
            var answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
            try
            {
                answer?.Invoke(context.Response);
            }
            catch (Exception ended) when (!_listener.IsListening && ended is (HttpListenerException or ObjectDisposedException))
            {
                // The test has its answer and is over, which may be before this side has closed it.
            }

            _posted.Writer.TryWrite(posted);
        }
    }
}
