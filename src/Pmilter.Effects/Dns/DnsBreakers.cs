using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pmilter.Effects.Dns;

/// <summary>
/// A breaker for the DNS and one for each list. A server that is silent is the DNS' trouble; a list that is silent, or that the server cannot
/// ask, while other names are answered is the list's. Whatever domain a sender makes up can open no breaker while anything is answered.
/// </summary>
internal sealed partial class DnsBreakers
{
    private readonly ConcurrentDictionary<string, ZoneBreaker> _zones = new(StringComparer.Ordinal);
    private readonly Func<string, ZoneBreaker> _make;
    private readonly DnsBreaker _server;
    private long _answers;

    public DnsBreakers(DnsOptions options, TimeProvider time, ILogger logger)
    {
        var seconds = options.Rest.TotalSeconds;
        _server = new DnsBreaker(options.MaxFailures, options.Rest, time, error => Log.Silent(logger, error, seconds), () => Log.Answers(logger));
        _make = zone => new ZoneBreaker(new DnsBreaker(options.MaxFailures, options.Rest, time, error => Log.ZoneFails(logger, zone, error, seconds), () => Log.ZoneAnswers(logger, zone)));
    }

    /// <summary>Why not to ask; empty to ask.</summary>
    public string Enter(string zone)
    {
        if (!_server.Enter())
        {
            return "the DNS does not answer and is left alone for a while";
        }

        if (zone.Length == 0 || Zone(zone).Breaker.Enter())
        {
            return string.Empty;
        }

        _server.Withdraw();
        return $"{zone} does not answer and is left alone for a while";
    }

    public void Record(string zone, in DnsReply reply)
    {
        var error = reply.Answer.Error;
        if (reply.Kind == DnsReplyKind.Silent)
        {
            _server.Fail(error);
            RecordSilence(zone, error);
            return;
        }

        Interlocked.Increment(ref _answers);
        _server.Succeed();
        if (zone.Length == 0)
        {
            return;
        }

        if (reply.Kind == DnsReplyKind.Answered)
        {
            Zone(zone).Breaker.Succeed();
        }
        else
        {
            Zone(zone).Breaker.Fail(error);
        }
    }

    /// <summary>Where nothing else was answered since, the server is to blame.</summary>
    private void RecordSilence(string zone, string error)
    {
        if (zone.Length == 0)
        {
            return;
        }

        var own = Zone(zone);
        var answers = Interlocked.Read(ref _answers);
        if (Interlocked.Exchange(ref own.AnswersBefore, answers) == answers)
        {
            own.Breaker.Withdraw();
        }
        else
        {
            own.Breaker.Fail(error);
        }
    }

    private ZoneBreaker Zone(string zone) => _zones.GetOrAdd(zone, _make);

    private sealed class ZoneBreaker(DnsBreaker breaker)
    {
        /// <summary>How much had been answered when it failed last.</summary>
        public long AnswersBefore;

        public DnsBreaker Breaker { get; } = breaker;
    }

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
