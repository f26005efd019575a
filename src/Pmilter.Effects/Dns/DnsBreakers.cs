using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pmilter.Effects.Dns;

/// <summary>
/// A breaker for the DNS and one for each list. Whose trouble silence is, is asked of the server before one opens: a server that still answers
/// something is not left alone, whatever list is dead and whatever domains senders make up.
/// </summary>
internal sealed partial class DnsBreakers
{
    private readonly ConcurrentDictionary<string, DnsBreaker> _zones = new(StringComparer.Ordinal);
    private readonly Func<string, DnsBreaker> _make;
    private readonly DnsBreaker _server;

    public DnsBreakers(DnsOptions options, TimeProvider time, ILogger logger)
    {
        var seconds = options.Rest.TotalSeconds;
        _server = new DnsBreaker(options.MaxFailures, options.Rest, time, error => Log.Silent(logger, error, seconds), () => Log.Answers(logger));
        _make = zone => new DnsBreaker(options.MaxFailures, options.Rest, time, error => Log.ZoneFails(logger, zone, error, seconds), () => Log.ZoneAnswers(logger, zone));
    }

    /// <summary>Why not to ask; empty to ask.</summary>
    public string Enter(string zone)
    {
        if (!_server.Enter())
        {
            return "the DNS does not answer and is left alone for a while";
        }

        if (zone.Length == 0 || Zone(zone).Enter())
        {
            return string.Empty;
        }

        _server.Withdraw();
        return $"{zone} does not answer and is left alone for a while";
    }

    /// <param name="isAlive">Asks the server something that every server can answer.</param>
    public async ValueTask RecordAsync(string zone, DnsReply reply, Func<Task<bool>> isAlive)
    {
        var list = zone.Length > 0 ? Zone(zone) : null;
        var error = reply.Answer.Error;
        if (reply.Kind == DnsReplyKind.Silent)
        {
            await RecordSilenceAsync(list, error, isAlive).ConfigureAwait(false);
            return;
        }

        _server.Succeed();
        if (reply.Kind == DnsReplyKind.Answered)
        {
            list?.Succeed();
        }
        else if (list?.Fail() == true)
        {
            list.Open(error);
        }
    }

    private async ValueTask RecordSilenceAsync(DnsBreaker? list, string error, Func<Task<bool>> isAlive)
    {
        var isListDue = list?.Fail() == true;
        var isServerDue = _server.Fail();
        if (!isListDue && !isServerDue)
        {
            return;
        }

        if (!await isAlive().ConfigureAwait(false))
        {
            list?.Withdraw();
            _server.Open(error);
            return;
        }

        _server.Succeed();
        if (isListDue && list is not null)
        {
            list.Open(error);
        }
    }

    private DnsBreaker Zone(string zone) => _zones.GetOrAdd(zone, _make);

    private static partial class Log
    {
        [LoggerMessage(580, LogLevel.Warning, "The DNS does not answer ({Error}): it is left alone for {Seconds} s at a time; rules' on_error decides")]
        public static partial void Silent(ILogger logger, string error, double seconds);

        [LoggerMessage(581, LogLevel.Warning, "The DNS answers again")]
        public static partial void Answers(ILogger logger);

        [LoggerMessage(582, LogLevel.Warning, "The DNS list {Zone} cannot be asked ({Error}): it is left alone for {Seconds} s at a time; rules' on_error decides")]
        public static partial void ZoneFails(ILogger logger, string zone, string error, double seconds);

        [LoggerMessage(583, LogLevel.Warning, "The DNS list {Zone} answers again")]
        public static partial void ZoneAnswers(ILogger logger, string zone);
    }
}
