using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pmilter.Admin;

namespace Pmilter.Web;

/// <summary>What the page's script sends: one JSON object.</summary>
internal sealed class PageRequest : IDisposable
{
    private readonly JsonDocument _document;

    private PageRequest(JsonDocument document) => _document = document;

    /// <summary>Before anything is answered: what is refused unread is bounded, too.</summary>
    public static void Bound(HttpContext context, int mostBytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = mostBytes;
        }
    }

    /// <exception cref="AdminException">It is no JSON object.</exception>
    public static async Task<PageRequest> ReadAsync(HttpContext context)
    {
        try
        {
            var document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted).ConfigureAwait(false);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new PageRequest(document) : throw new AdminException("expected a JSON object.");
        }
        catch (JsonException error)
        {
            throw new AdminException($"expected a JSON object: {error.Message}", error);
        }
    }

    /// <summary>Empty where it is not there.</summary>
    public string Text(string name) =>
        _document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : string.Empty;

    /// <summary>Texts of a list; empty where it is not there.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        _document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString() ?? string.Empty)]
            : [];

    public void Dispose() => _document.Dispose();
}
