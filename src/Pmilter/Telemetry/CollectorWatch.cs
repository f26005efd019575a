using System.Net;
using Microsoft.Extensions.Logging;

namespace Pmilter.Telemetry;

/// <summary>Notices whether a collector takes what is sent, and says once when that changes.</summary>
internal sealed partial class CollectorWatch(Uri endpoint, ILogger<CollectorWatch> logger) : DelegatingHandler(new SocketsHttpHandler())
{
    private bool _isFailing;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Noted(base.Send(request, cancellationToken));
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            Fail(error is HttpRequestException ? error.Message : "no answer in time");
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Noted(await base.SendAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            Fail(error is HttpRequestException ? error.Message : "no answer in time");
            throw;
        }
    }

    private HttpResponseMessage Noted(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            Fail($"it answers {(int)answer.StatusCode} {(answer.StatusCode == HttpStatusCode.NotFound ? "(is the path right?)" : answer.ReasonPhrase)}");
        }
        else if (_isFailing)
        {
            _isFailing = false;
            Log.Back(logger, endpoint);
        }

        return answer;
    }

    private void Fail(string reason)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            Log.Lost(logger, endpoint, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(801, LogLevel.Warning, "Traces are not taken by {Endpoint}: {Reason}. Mail goes on; spans are lost until it takes them")]
        public static partial void Lost(ILogger logger, Uri endpoint, string reason);

        [LoggerMessage(802, LogLevel.Information, "Traces are taken by {Endpoint} again")]
        public static partial void Back(ILogger logger, Uri endpoint);
    }
}
