using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pmilter.Admin;

namespace Pmilter.Web;

/// <summary>
/// The admin page and its API, beside metrics and health. Everything but the page's own files is for who has the token; what changes
/// something or carries text is a POST by our own script.
/// </summary>
internal sealed partial class PageServer(PageGuard guard, TimeProvider time, ILogger<PageServer> logger)
{
    private const string Api = "/api/";
    private const int MostLoginBytes = 4 * 1024;
    private const int MostActionBytes = 64 * 1024;
    private const int MostPlayedBytes = 1024 * 1024;
    private static readonly TimeSpan LogPause = TimeSpan.FromMinutes(1);

    private PageDesk? _desk;
    private DateTimeOffset _lastRefusal = DateTimeOffset.MinValue;

    /// <summary>Takes down who did what; told the role, the author, the verb, its arguments, and why it was not done or an empty text.</summary>
    public PageRecord? Record { get; init; }

    /// <summary>The server's parts live: until then there is nothing to tell.</summary>
    /// <param name="address">Where it answers; null where the address could not be opened.</param>
    public void Open(PageDesk desk, string? address)
    {
        Volatile.Write(ref _desk, desk);
        if (address is not null)
        {
            Log.Opened(logger, address);
        }
    }

    public static bool Handles(string path) => path.StartsWith(Api, StringComparison.Ordinal) || PageAssets.Has(path);

    public async Task AnswerAsync(HttpContext context)
    {
        PageGuard.Harden(context.Response.Headers);
        PageRequest.Bound(context, MostBytes(context.Request.Path.Value));
        if (!guard.IsOurs(context))
        {
            await PageAnswer.RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "the page is not served under this name; admin.hosts in pmilter.yaml lists further ones").ConfigureAwait(false);
            return;
        }

        try
        {
            await RouteAsync(context, context.Request.Path.Value ?? string.Empty).ConfigureAwait(false);
        }
        catch (AdminException error)
        {
            await PageAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, error.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException error)
        {
            await PageAnswer.RefuseAsync(context, error.StatusCode, error.Message).ConfigureAwait(false);
        }
    }

    private Task RouteAsync(HttpContext context, string path)
    {
        var visitor = guard.VisitorOf(context.Request);
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (PageAssets.Has(path))
        {
            return isRead ? PageAssets.SendAsync(context, path, visitor is not null) : RefuseMethodAsync(context);
        }

        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" || (!isRead && !(HttpMethods.IsPost(context.Request.Method) && PageGuard.IsByOurScript(context.Request))))
        {
            return PageAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden, $"only the page itself may ask for this; what changes something is a POST with {PageGuard.OwnHeader} and its own Origin");
        }

        if (path == "/api/login" && !isRead)
        {
            return LoginAsync(context);
        }

        return visitor is null ? PageAnswer.RefuseAsync(context, StatusCodes.Status401Unauthorized, "the page's token is needed: 'pmilter page' on the server shows a link with it")
            : Volatile.Read(ref _desk) is not { } desk ? PageAnswer.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "the server is starting")
            : isRead ? ReadAsync(context, desk, path, visitor)
            : visitor.IsReader && path != "/api/logout" ? RefuseReaderAsync(context, path, visitor)
            : ActAsync(context, desk, path, visitor);
    }

    private static int MostBytes(string? path) => path switch
    {
        "/api/login" => MostLoginBytes,
        "/api/play" => MostPlayedBytes,
        _ => MostActionBytes,
    };

    private static Task RefuseMethodAsync(HttpContext context) => PageAnswer.RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "GET only");

    private static Task NotThereAsync(HttpContext context, string path) => PageAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, $"there is no {path}; is the page older than the server? Load it again");

    private Task RefuseReaderAsync(HttpContext context, string path, PageVisitor visitor)
    {
        Record?.Invoke(visitor.Role, AuthorOf(context, visitor), path[Api.Length..], [], "read only");
        return PageAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden, "nothing was changed: this token only reads (admin.page_read_token_file); who may change something opens the page with the link of 'pmilter page'");
    }

    private static string AuthorOf(HttpContext context, PageVisitor visitor) => $"{visitor.Name} at the page from {context.Connection.RemoteIpAddress}";

    private static async Task ReadAsync(HttpContext context, PageDesk desk, string path, PageVisitor visitor)
    {
        var query = context.Request.Query;
        var stop = context.RequestAborted;
        await (path switch
        {
            "/api/overview" => PageAnswer.SendAsync(context, json => desk.Overview.Write(json, Number(query["minutes"]), visitor)),
            "/api/decisions" => PageAnswer.SendAsync(context, json => desk.Decisions.Write(json, Number(query["after"]))),
            "/api/decision" => PageAnswer.SendAsync(context, await desk.Decisions.ExplainAsync(Number(query["number"])).ConfigureAwait(false)),
            "/api/state" => PageAnswer.SendAsync(context, await desk.State.ReadAsync(stop).ConfigureAwait(false)),
            "/api/policies" => PageAnswer.SendAsync(context, await desk.Playground.CheckFilesAsync().ConfigureAwait(false)),
            _ => NotThereAsync(context, path),
        }).ConfigureAwait(false);
    }

    private async Task ActAsync(HttpContext context, PageDesk desk, string path, PageVisitor visitor)
    {
        switch (path)
        {
            case "/api/logout":
                guard.Leave(context);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            case "/api/play":
                using (var played = await PageRequest.ReadAsync(context).ConfigureAwait(false))
                {
                    await PageAnswer.SendAsync(context, await desk.Playground.PlayAsync(played).ConfigureAwait(false)).ConfigureAwait(false);
                }

                return;
            case "/api/bans/lift" or "/api/holds/lift":
                using (var request = await PageRequest.ReadAsync(context).ConfigureAwait(false))
                {
                    var (name, key) = (request.Text("name"), request.Texts("key"));
                    await DoAsync(context, path, visitor, name, key, async author =>
                    {
                        var done = await desk.State.ReleaseAsync(path[Api.Length..], name, key, context.RequestAborted).ConfigureAwait(false);
                        Log.Acted(logger, author, path[Api.Length..], name, string.Join(", ", key), done.Changed);
                        return done.Changed;
                    }).ConfigureAwait(false);
                }

                return;
            case "/api/fuses/arm" when desk.Safety is { } safety:
                using (var request = await PageRequest.ReadAsync(context).ConfigureAwait(false))
                {
                    var name = request.Text("name");
                    await DoAsync(context, path, visitor, name, [], async author =>
                    {
                        await safety.ArmAsync(name, author).ConfigureAwait(false);
                        return 1;
                    }).ConfigureAwait(false);
                }

                return;
            default:
                await NotThereAsync(context, path).ConfigureAwait(false);
                return;
        }
    }

    /// <summary>Does it, takes it down with its author, and says how much was changed.</summary>
    private async Task DoAsync(HttpContext context, string path, PageVisitor visitor, string name, IReadOnlyList<string> key, Func<string, Task<int>> act)
    {
        var author = AuthorOf(context, visitor);
        var verb = path[Api.Length..];
        (string, string)[] arguments = [("name", name), .. key.Select(part => ("key", part))];
        int changed;
        try
        {
            changed = await act(author).ConfigureAwait(false);
        }
        catch (AdminException error)
        {
            Record?.Invoke(visitor.Role, author, verb, arguments, error.Message);
            throw;
        }

        Record?.Invoke(visitor.Role, author, verb, arguments, string.Empty);
        await PageAnswer.SendAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteNumber("changed", changed);
                json.WriteEndObject();
            }).ConfigureAwait(false);
    }

    private async Task LoginAsync(HttpContext context)
    {
        using var request = await PageRequest.ReadAsync(context).ConfigureAwait(false);
        if (!guard.TryEnter(context, request.Text("token"), request.Text("name")))
        {
            NoteRefusal(context);
            await PageAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden, "this is not the token of this server").ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Who guesses must not fill the log.</summary>
    private void NoteRefusal(HttpContext context)
    {
        var now = time.GetUtcNow();
        if (now - _lastRefusal >= LogPause)
        {
            _lastRefusal = now;
            Log.WrongToken(logger, context.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        }
    }

    private static long Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static partial class Log
    {
        [LoggerMessage(740, LogLevel.Information, "{Author}: {Verb} {Name} {Key}: {Changed} released")]
        public static partial void Acted(ILogger logger, string author, string verb, string name, string key, int changed);

        [LoggerMessage(742, LogLevel.Information, "The admin page is at {Address}; 'pmilter page' shows the link that opens it")]
        public static partial void Opened(ILogger logger, string address);

        [LoggerMessage(741, LogLevel.Warning, "Somebody at {Address} has tried to open the admin page with a wrong token; further attempts of this minute are not logged")]
        public static partial void WrongToken(ILogger logger, string address);
    }
}

/// <summary>As the audit log takes it down.</summary>
/// <param name="refusal">Why it was not done; empty when it was.</param>
internal delegate void PageRecord(string role, string author, string verb, IEnumerable<(string Name, string Value)> arguments, string refusal);
