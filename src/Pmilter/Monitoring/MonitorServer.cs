using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Pmilter.Web;

namespace Pmilter.Monitoring;

/// <summary>
/// HTTP for those who watch: metrics, health, readiness, the admin page, and no other word of the admin socket. Never in the way of mail: where it
/// cannot be opened the server goes on without it, and says so.
/// </summary>
internal sealed partial class MonitorServer(IPEndPoint endPoint, MonitorToken token, MonitorPages pages, PageServer? page, ILogger<MonitorServer> logger) : IAsyncDisposable
{
    private const int MostConnections = 100;
    private const int MostHeaders = 50;
    private const int MostHeaderBytes = 8 * 1024;
    private const int MostLineBytes = 2 * 1024;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Above Prometheus's usual interval of a minute.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(2);

    private WebApplication? _app;

    /// <summary>Where it answers; null where it could not be opened.</summary>
    public string? Address => _app?.Urls.FirstOrDefault();

    public async Task StartAsync()
    {
        var app = Build();
        try
        {
            await app.StartAsync(CancellationToken.None).ConfigureAwait(false);
            _app = app;
            Log.Opened(logger, app.Urls.First());
        }
        catch (OperationCanceledException)
        {
            // SIGTERM while it started, which the host heeds by itself.
            await app.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            Log.NotOpened(logger, endPoint, error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        using var limit = new CancellationTokenSource(TimeToEnd);
        try
        {
            await app.StopAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What is still being answered ends here.
        }

        await app.DisposeAsync().ConfigureAwait(false);
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestHeaderCount = MostHeaders;
            kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
            kestrel.Limits.MaxRequestLineSize = MostLineBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = KeepAlive;
            kestrel.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (page is not null && PageServer.Handles(context.Request.Path.Value ?? string.Empty))
        {
            // It has a token of its own.
            await GuardedAsync(context, page.AnswerAsync).ConfigureAwait(false);
            return;
        }

        if (!token.Admits(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await MonitorPages.WriteAsync(context, StatusCodes.Status401Unauthorized, "the token of admin.token_file is needed: Authorization: Bearer TOKEN\n").ConfigureAwait(false);
            return;
        }

        await GuardedAsync(context, AnswerPagesAsync).ConfigureAwait(false);
    }

    private async Task AnswerPagesAsync(HttpContext context)
    {
        if (!await pages.TryAnswerAsync(context).ConfigureAwait(false))
        {
            await MonitorPages.WriteAsync(context, StatusCodes.Status404NotFound, "there are GET /metrics, /healthz and /readyz\n").ConfigureAwait(false);
        }
    }

    private async Task GuardedAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        try
        {
            await answer(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
#pragma warning disable CA1031 // Whoever watches sees a 500 and the log says why; the server goes on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.Failed(logger, error, context.Request.Path);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await MonitorPages.WriteAsync(context, StatusCodes.Status500InternalServerError, $"{error.Message}\n").ConfigureAwait(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(680, LogLevel.Information, "Metrics and health at {Address}")]
        public static partial void Opened(ILogger logger, string address);

        [LoggerMessage(681, LogLevel.Warning, "Metrics and health cannot be served at {Address}; the server goes on without them: {Reason}")]
        public static partial void NotOpened(ILogger logger, IPEndPoint address, string reason);

        [LoggerMessage(682, LogLevel.Error, "{Request} could not be answered")]
        public static partial void Failed(ILogger logger, Exception error, string request);
    }
}
