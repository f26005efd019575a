using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Pmilter.Web;

/// <summary>The page's files, from the binary. None of them tells anything: who has no token may have them.</summary>
internal static class PageAssets
{
    private static readonly Dictionary<string, Asset> Files = new(StringComparer.Ordinal)
    {
        ["/page.css"] = Read("page.css", "text/css; charset=utf-8"),
        ["/page.js"] = Read("page.js", "text/javascript; charset=utf-8"),
        ["/figures.js"] = Read("figures.js", "text/javascript; charset=utf-8"),
        ["/decisions.js"] = Read("decisions.js", "text/javascript; charset=utf-8"),
        ["/policies.js"] = Read("policies.js", "text/javascript; charset=utf-8"),
        ["/dom.js"] = Read("dom.js", "text/javascript; charset=utf-8"),
        ["/login.js"] = Read("login.js", "text/javascript; charset=utf-8"),
        ["/icon.svg"] = Read("icon.svg", "image/svg+xml"),
    };

    private static readonly Asset Page = Read("index.html", "text/html; charset=utf-8");
    private static readonly Asset Login = Read("login.html", "text/html; charset=utf-8");

    public static bool Has(string path) => path == "/" || Files.ContainsKey(path);

    /// <param name="isKnown">Whether somebody with the token asks; else <c>/</c> asks for it.</param>
    public static Task SendAsync(HttpContext context, string path, bool isKnown)
    {
        var asset = path == "/" ? (isKnown ? Page : Login) : Files[path];
        var response = context.Response;
        if (path != "/")
        {
            // Asked for again after each update, and else not sent twice.
            response.Headers.CacheControl = "no-cache";
            response.Headers.ETag = asset.Tag;
            if (context.Request.Headers.IfNoneMatch == asset.Tag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }

        response.ContentType = asset.Type;
        response.ContentLength = asset.Content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(asset.Content, context.RequestAborted).AsTask();
    }

    private static Asset Read(string name, string type)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream($"page/{name}") ?? throw new InvalidOperationException($"page/{name} is not in the program.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new Asset(content, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..8])}\"");
    }

    private sealed record Asset(byte[] Content, string Type, string Tag);
}
