using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pmilter.Monitoring;

/// <summary><c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>.</summary>
internal sealed class MonitorPages(MetricReaders metrics, Readiness readiness)
{
    /// <summary>False: it is none of these, and nothing was answered.</summary>
    public async ValueTask<bool> TryAnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return false;
        }

        switch (context.Request.Path.Value)
        {
            case "/metrics":
                var text = await metrics.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                await WriteAsync(context, StatusCodes.Status200OK, "text/plain; version=0.0.4; charset=utf-8", text).ConfigureAwait(false);
                return true;
            case "/healthz":
                await WriteAsync(context, StatusCodes.Status200OK, "ok\n").ConfigureAwait(false);
                return true;
            case "/readyz":
                var reason = readiness.Reason;
                await WriteAsync(context, reason.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, reason.Length == 0 ? "ready\n" : $"{reason}\n").ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    public static Task WriteAsync(HttpContext context, int status, string text) => WriteAsync(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    private static Task WriteAsync(HttpContext context, int status, string type, byte[] content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
