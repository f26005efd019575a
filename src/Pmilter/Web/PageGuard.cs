using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pmilter.Web;

/// <summary>Whom the page answers, and what they may.</summary>
/// <param name="token">Who has it may release.</param>
/// <param name="readToken">Who has it may look; null where there is none.</param>
internal sealed class PageGuard(int port, IReadOnlyList<string> hosts, PageToken token, PageToken? readToken, TimeProvider time)
{
    /// <summary>What no form and no link of another site can send.</summary>
    public const string OwnHeader = "X-Pmilter-Page";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly PageCookie _cookie = new(token, time);
    private readonly PageCookie? _readCookie = readToken is null ? null : new(readToken, time);
    private readonly HashSet<string> _hosts = new(["localhost", "127.0.0.1", "[::1]", .. hosts], StringComparer.OrdinalIgnoreCase);

    /// <summary>Ports are told apart by the name, since cookies are not.</summary>
    private string CookieName { get; } = $"pmilter_{port}";

    /// <summary>A name that an attacker makes point to us (DNS rebinding) is none of ours; an address cannot be made to.</summary>
    public bool IsOurs(HttpContext context)
    {
        var host = context.Request.Host;
        return host.HasValue
            && (_hosts.Contains(host.Host) || (IPAddress.TryParse(host.Host, out var address) && address.Equals(context.Connection.LocalIpAddress)));
    }

    /// <summary>By our own script: another site's request would be asked about first, and carries its own origin.</summary>
    public static bool IsByOurScript(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return request.Headers.ContainsKey(OwnHeader)
            && Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && from.Scheme is "http" or "https"
            && Uri.TryCreate($"{from.Scheme}://{request.Host.Value}", UriKind.Absolute, out var us)
            && string.Equals(from.Authority, us.Authority, StringComparison.OrdinalIgnoreCase)
            && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";
    }

    /// <summary>Who asks; null for nobody who has had a token.</summary>
    public PageVisitor? VisitorOf(HttpRequest request)
    {
        var cookie = request.Cookies[CookieName];
        return _cookie.NameOf(cookie) is { } name ? new PageVisitor(name, IsReader: false)
            : _readCookie?.NameOf(cookie) is { } reader ? new PageVisitor(reader, IsReader: true)
            : null;
    }

    /// <summary>Takes the token for a cookie, which is good for the same; false: it is none of ours.</summary>
    public bool TryEnter(HttpContext context, string given, string name)
    {
        var cookie = token.Is(given) ? _cookie : readToken is not null && readToken.Is(given) ? _readCookie : null;
        if (cookie is not null)
        {
            context.Response.Cookies.Append(CookieName, cookie.Seal(name), Options(context, PageCookie.Life));
        }

        return cookie is not null;
    }

    public void Leave(HttpContext context) => context.Response.Cookies.Append(CookieName, string.Empty, Options(context, TimeSpan.Zero));

    public static void Harden(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>A proxy that adds TLS is known by the origin that the browser tells.</summary>
    private static CookieOptions Options(HttpContext context, TimeSpan life) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.Headers.Origin.ToString().StartsWith("https:", StringComparison.OrdinalIgnoreCase),
        Path = "/",
        MaxAge = life,
    };
}

/// <summary>Somebody with a token.</summary>
/// <param name="Name">As they called themselves.</param>
/// <param name="IsReader">Looks, and changes nothing.</param>
internal sealed record PageVisitor(string Name, bool IsReader)
{
    /// <summary>As the audit log has it.</summary>
    public string Role => IsReader ? "page reader" : "page";
}
