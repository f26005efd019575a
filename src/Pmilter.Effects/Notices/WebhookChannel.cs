using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Pmilter.Effects.Notices;

/// <summary>
/// Posts notices as JSON. Certificates are checked; a redirect is not followed, since it would take the notice to a host that nobody
/// named. The address is never shown whole: of chat services it is the secret.
/// </summary>
public sealed class WebhookChannel : INoticeChannel
{
    private const int MaxShownBytes = 300;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>A name that moves to another address is followed.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);

    private readonly Uri _url;
    private readonly byte[]? _secret;
    private readonly HttpClient _client;

    /// <param name="url">http or https.</param>
    /// <param name="secret">The key of the signature; null for none.</param>
    public WebhookChannel(Uri url, byte[]? secret)
    {
        ArgumentNullException.ThrowIfNull(url);
        _url = url;
        _secret = secret;
        Name = $"webhook {url.Authority}";
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectPatience,
            PooledConnectionLifetime = ConnectionLife,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Name { get; }

    public async Task<string> SendAsync(NoticeReport notice, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url);
        var body = NoticeJson.Of(notice);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("pmilter", null));
        request.Headers.Add("X-Pmilter-Notice", notice.Id);
        if (_secret is { } secret)
        {
            request.Headers.Add("X-Pmilter-Signature", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(secret, body))}");
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return await AnswerAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new NoticeException(Reason(failure), failure);
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> AnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {response.ReasonPhrase}").TrimEnd();
        if (response.IsSuccessStatusCode)
        {
            return status;
        }

        if ((int)response.StatusCode is >= 300 and < 400)
        {
            throw new NoticeException($"{status}: redirects are not followed, write the address that it leads to") { IsPermanent = true };
        }

        var said = await SaidAsync(response.Content, cancellationToken).ConfigureAwait(false);
        throw new NoticeException(said.Length > 0 ? $"{status}: {said}" : status)
        {
            IsPermanent = response.StatusCode is < HttpStatusCode.InternalServerError and not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests),
        };
    }

    /// <summary>The beginning of what it said, on one line.</summary>
    private static async Task<string> SaidAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxShownBytes];
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return string.Concat(Encoding.UTF8.GetString(buffer, 0, read).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        }
    }

    /// <summary>The inner exception says what happened; the outer one that something did.</summary>
    private static string Reason(Exception failure) => (failure.InnerException ?? failure).Message;
}
