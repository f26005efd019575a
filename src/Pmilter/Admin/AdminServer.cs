using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pmilter.Admin.Status;
using Pmilter.Monitoring;
using Pmilter.Reloading;
using Pmilter.Safety;
using Pmilter.Server;
using Pmilter.TakeOver;

namespace Pmilter.Admin;

/// <summary>
/// HTTP over a Unix socket: <c>curl --unix-socket state/admin.sock http://pmilter/counters</c>.
/// Never in the way of mail: where it cannot be opened the server goes on without it, and says so.
/// </summary>
internal sealed partial class AdminServer(AdminDoor door, AdminDesk desk, StatusDesk status, ReloadDesk? reloads, MonitorPages pages, ILogger<AdminServer> logger)
{
    /// <summary>Modes and blocks; null where the policies cannot be loaded again.</summary>
    public SafetyDesk? Safety { get; init; }

    /// <summary>Starts a process that takes over; null where this one cannot be started anew.</summary>
    public SuccessorStart? Successor { get; init; }

    /// <summary>The lists of the policies in force.</summary>
    public required ListsDesk Lists { get; init; }

    /// <summary>Takes tuples of other greylists.</summary>
    public required GreylistImport Greylists { get; init; }

    /// <summary>Loads of the policies, the newest first, at most so many.</summary>
    public required Func<int, IReadOnlyList<HistoryLine>> History { get; init; }

    /// <summary>Takes down who changed what; null for nobody.</summary>
    public AuditLog? Audit { get; init; }

    private const int DefaultCount = 20;
    private const int MostCount = 100_000;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(2);

    private WebApplication? _app;

    /// <summary>How the admin page is opened; null where none is served.</summary>
    public PageLinkAnswer? Page { get; init; }

    /// <summary>How it is opened by those who only look; null where that is not meant.</summary>
    public PageLinkAnswer? ReadPage { get; init; }

    /// <summary>Without effect where there is no socket.</summary>
    public async Task OpenAsync()
    {
        if (door.Path.Length == 0)
        {
            return;
        }

        var app = Build();
        try
        {
            await app.StartAsync(CancellationToken.None).ConfigureAwait(false);
            _app = app;
            Log.Opened(logger, door.Path);
        }
        catch (OperationCanceledException)
        {
            // SIGTERM while it started, which the host heeds by itself.
            await app.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException or ServerStartException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            Log.NotOpened(logger, door.Path, error.Message);
        }
    }

    /// <summary>What is being answered has a moment to end.</summary>
    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _app, null) is not { } app)
        {
            return;
        }

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
        File.Delete(door.Path);
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.ListenUnixSocket(door.Path);
        });
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = _ => door.Bind(logger));
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            if (door.IsReadOnly && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                Note(context, "read only");
                await WriteAsync(context, StatusCodes.Status403Forbidden, new ErrorAnswer(door.Refusal), AdminJson.Default.ErrorAnswer).ConfigureAwait(false);
            }
            else if (!await pages.TryAnswerAsync(context).ConfigureAwait(false))
            {
                await AnswerAsync(context, context.RequestAborted).ConfigureAwait(false);
                Note(context, string.Empty);
            }
        }
        catch (AdminException error)
        {
            Note(context, error.Message);
            await WriteAsync(context, StatusCodes.Status404NotFound, new ErrorAnswer(error.Message), AdminJson.Default.ErrorAnswer).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
#pragma warning disable CA1031 // The admin socket tells of every failure; the server goes on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.Failed(logger, error, context.Request.Path);
            await WriteAsync(context, StatusCodes.Status500InternalServerError, new ErrorAnswer(error.Message), AdminJson.Default.ErrorAnswer).ConfigureAwait(false);
        }
    }

    private Task AnswerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        var name = query["name"].ToString();
        var count = int.TryParse(query["count"], out var given) ? Math.Clamp(given, 1, MostCount) : DefaultCount;
        string[] key = [.. query["key"].Select(part => part ?? string.Empty)];
        return (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET", "/status") => SendAsync(context, Task.FromResult(status.Read()), StatusJson.Default.StatusAnswer),
            ("GET", "/page") => SendAsync(context, LinkAsync(door.IsReadOnly || query.ContainsKey("read")), AdminJson.Default.PageLinkAnswer),
            ("GET", "/counters") => SendAsync(context, desk.CountersAsync(cancellationToken), AdminJson.Default.CountersAnswer),
            ("GET", "/counters/top") => SendAsync(context, desk.TopAsync(name, count, cancellationToken), AdminJson.Default.KeysAnswer),
            ("GET", "/counters/key") => SendAsync(context, desk.ShowAsync(name, key, cancellationToken), AdminJson.Default.KeyAnswer),
            ("POST", "/counters/reset") => SendAsync(context, desk.ResetAsync(name, key.Length == 0 ? null : key, cancellationToken), AdminJson.Default.DoneAnswer),
            ("GET", "/bans") => SendAsync(context, desk.BansAsync(cancellationToken), AdminJson.Default.BansAnswer),
            ("POST", "/bans/add") => SendAsync(context, desk.BanAsync(name, key, query.ContainsKey("seconds") ? SpanOf(query) : null, cancellationToken), AdminJson.Default.BannedAnswer),
            ("POST", "/bans/lift") => SendAsync(context, desk.LiftAsync(name, key, cancellationToken), AdminJson.Default.DoneAnswer),
            ("GET", "/lists") => SendAsync(context, Task.FromResult(Lists.Read(DateTimeOffset.TryParse(query["before"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var before) ? before : null)), AdminJson.Default.ListsAnswer),
            ("GET", "/history") => SendAsync(context, Task.Run(() => History(count), cancellationToken), RevisionJson.Default.IReadOnlyListHistoryLine),
            ("GET", "/greylists") => SendAsync(context, desk.GreylistsAsync(cancellationToken), AdminJson.Default.GreylistsAnswer),
            ("GET", "/greylists/entries") => SendAsync(
                context, desk.GreylistAsync(name, query.ContainsKey("contains") ? query["contains"].ToString() : null, count, cancellationToken), AdminJson.Default.GreylistAnswer),
            ("POST", "/greylists/import") => SendAsync(context, Greylists.TakeAsync(name, key, cancellationToken), AdminJson.Default.DoneAnswer),
            ("POST", "/reload") when reloads is not null => SendAsync(context, reloads.ReloadAsync(query.ContainsKey("cut")), AdminJson.Default.ReloadAnswer),
            ("POST", "/upgrade") when Successor is not null => SendAsync(context, Task.FromResult(Successor.Start()), AdminJson.Default.UpgradeAnswer),
            ("GET", "/upgrade") when Successor is not null => SendAsync(context, Task.FromResult(Successor.Read()), AdminJson.Default.UpgradeAnswer),
            ("GET", "/safety") when Safety is not null => SendAsync(context, Task.FromResult(Safety.Read()), AdminJson.Default.SafetyStatus),
            ("POST", "/mode") when Safety is not null => SendAsync(
                context, query["mode"] == "enforce" ? Safety.RaiseAsync(name, RequestPeer.Of(context)) : Safety.LowerAsync(name, SpanOf(query), RequestPeer.Of(context), query["reason"].ToString()), AdminJson.Default.SafetyAnswer),
            ("POST", "/block") when Safety is not null => SendAsync(
                context, Safety.BlockAsync(key, query.ContainsKey("reject"), SpanOf(query), RequestPeer.Of(context), query["reason"].ToString()), AdminJson.Default.SafetyAnswer),
            ("POST", "/block/rm") when Safety is not null => SendAsync(context, Safety.UnblockAsync(name, RequestPeer.Of(context)), AdminJson.Default.SafetyAnswer),
            _ => WriteAsync(
                context,
                StatusCodes.Status404NotFound,
                new ErrorAnswer($"There is no {context.Request.Method} {context.Request.Path}; is the server older than this command?"),
                AdminJson.Default.ErrorAnswer),
        };
    }

    /// <summary>What is only read is not taken down.</summary>
    private void Note(HttpContext context, string refusal)
    {
        var isImport = context.Request.Path == "/greylists/import";
        if (context.Request.Method == "POST" && context.Response.StatusCode != StatusCodes.Status404NotFound && (!isImport || context.Request.Query.ContainsKey("tuples")))
        {
            // Of an import one line, with how many; not everybody's addresses.
            var arguments = context.Request.Query.Where(part => part.Key != RequestPeer.UserKey && !(isImport && part.Key == "key")).SelectMany(part => part.Value.OfType<string>().Where(value => value.Length > 0).Select(value => (part.Key, value)));
            Audit?.Write(door.Role, RequestPeer.Of(context), context.Request.Path.Value?.TrimStart('/') ?? string.Empty, arguments, refusal);
        }
    }

    private static TimeSpan SpanOf(IQueryCollection query) =>
        double.TryParse(query["seconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && TimeSpan.FromSeconds(seconds) is var span && span > TimeSpan.Zero && span <= Longest
            ? span
            : throw new AdminException($"How long? Give from 1 s to {Longest.TotalDays:0} days.");

    private static async Task SendAsync<T>(HttpContext context, Task<T> answer, JsonTypeInfo<T> type) =>
        await WriteAsync(context, StatusCodes.Status200OK, await answer.ConfigureAwait(false), type).ConfigureAwait(false);

    private static Task WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, type), context.RequestAborted).AsTask();
    }

    private Task<PageLinkAnswer> LinkAsync(bool isToRead) => Task.FromResult(
        (isToRead ? ReadPage : Page) ?? throw new AdminException(Page is null
            ? "This server has no admin page: set admin.listen in pmilter.yaml (on loopback the page comes with it), and start the server anew."
            : "There is no token for the page that only reads: set admin.page_read_token_file in pmilter.yaml, and start the server anew."));

    private static partial class Log
    {
        [LoggerMessage(540, LogLevel.Warning, "The admin socket {Path} cannot be opened; the server goes on without it: {Reason}")]
        public static partial void NotOpened(ILogger logger, string path, string reason);

        [LoggerMessage(542, LogLevel.Debug, "Admin socket {Path} is open")]
        public static partial void Opened(ILogger logger, string path);

        [LoggerMessage(541, LogLevel.Error, "The admin socket could not answer {Request}")]
        public static partial void Failed(ILogger logger, Exception error, string request);
    }
}
