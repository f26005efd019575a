using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Pmilter.Web;

/// <summary>Answers of the page's API.</summary>
internal static class PageAnswer
{
    private const string Json = "application/json; charset=utf-8";

    public static Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        context.Response.ContentLength = buffer.WrittenCount;
        return context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    public static Task RefuseAsync(HttpContext context, int status, string reason) => SendAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteString("error", reason);
            json.WriteEndObject();
        },
        status);
}
