using System.Collections.Concurrent;
using System.Net;
using DnsClient;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Facts;

namespace Pmilter.Effects.Dns;

/// <summary>
/// The DNS for policies: cached, the same question once at a time, bounded in questions, time and memory. A question runs to its own end even
/// when nobody waits any more: its answer is there for the next message.
/// </summary>
public sealed partial class DnsNameService : INameService, IAsyncDisposable
{
    private readonly DnsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DnsCache _cache;
    private readonly Lazy<IReadOnlyList<IPEndPoint>> _servers;
    private readonly Lazy<DnsWire> _wire;
    private readonly DnsBreakers _breakers;
    private readonly Dictionary<(string Name, NameRecordKind Kind), Task<NameAnswer>> _running = [];
    private readonly ConcurrentDictionary<string, string> _doubts = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private bool _isFull;
    private long _fromCache;
    private long _answered;
    private long _failed;

    public DnsNameService(DnsOptions options, TimeProvider time, ILogger<DnsNameService> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _servers = new(() => options.Servers.Count > 0 ? options.Servers : SystemServers());
        _cache = new DnsCache(options, time);
        _wire = new(() => new DnsWire(Servers, options.Timeout, time));
        _breakers = new DnsBreakers(options, time, logger);
    }

    /// <summary>Whom it asks; empty where neither the options nor the system name one: every question then fails. The system is asked when somebody first wants to know.</summary>
    public IReadOnlyList<IPEndPoint> Servers => _servers.Value;

    /// <summary>Answers that are kept.</summary>
    public int Cached => _cache.Count;

    /// <summary>Questions that needed no resolver, failures that are kept among them.</summary>
    public long FromCache => Volatile.Read(ref _fromCache);

    /// <summary>Questions that a resolver has answered, be it that there is nothing.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Questions without an answer: none came, it was an error, or nobody was asked since too many failed or are under way.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Questions under way.</summary>
    public int Running
    {
        get
        {
            lock (_running)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>The resolvers in <c>/etc/resolv.conf</c>; never public ones that nobody has chosen.</summary>
    public static IReadOnlyList<IPEndPoint> SystemServers()
    {
        try
        {
            return [.. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false).Select(server => new IPEndPoint(IPAddress.Parse(server.Address), server.Port))];
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException or FormatException)
        {
            return [];
        }
    }

    public ValueTask<NameAnswer> AskAsync(NameQuestion question, CancellationToken cancellationToken)
    {
        if (_cache.Find(question) is { } known)
        {
            Interlocked.Increment(ref _fromCache);
            return new ValueTask<NameAnswer>(known);
        }

        return cancellationToken.IsCancellationRequested || _stop.IsCancellationRequested
            ? new ValueTask<NameAnswer>(NameAnswer.Failed("no time is left to ask"))
            : WaitAsync(Start(question), cancellationToken);
    }

    public CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken) => new LimitedSource(time, _time, cancellationToken);

    public void Doubt(string zone, string what)
    {
        if (_doubts.TryAdd(zone, what))
        {
            Log.Doubtful(_logger, zone, what);
        }
    }

    public void Trust(string zone)
    {
        if (!_doubts.IsEmpty && _doubts.TryRemove(zone, out _))
        {
            Log.Trusted(_logger, zone);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_running)
        {
            running = [.. _running.Values];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _stop.Dispose();
    }

    private Task<NameAnswer> Start(NameQuestion question)
    {
        var key = (question.Name, question.Kind);
        lock (_running)
        {
            if (_running.TryGetValue(key, out var running))
            {
                return running;
            }

            if (IsFull())
            {
                Interlocked.Increment(ref _failed);
                return Task.FromResult(NameAnswer.Failed("too many questions are under way"));
            }

            if (_breakers.Enter(question.Zone) is { Length: > 0 } reason)
            {
                Interlocked.Increment(ref _failed);
                return Task.FromResult(NameAnswer.Failed(reason));
            }

            // On another thread, so that it is among the running ones before it can end.
            return _running[key] = Task.Run(() => RunAsync(question));
        }
    }

    private async Task<NameAnswer> RunAsync(NameQuestion question)
    {
        var reply = DnsReply.Silent("the question could not be asked");
        try
        {
            using var limit = new LimitedSource(_options.Timeout, _time, _stop.Token);
            reply = await _wire.Value.AskAsync(question, limit.Token).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            reply = DnsReply.Silent($"{bug.GetType().Name}: {bug.Message}");
            Log.Bug(_logger, question.Name, bug);
        }

        Interlocked.Increment(ref reply.Answer.Outcome == NameOutcome.Failed ? ref _failed : ref _answered);
        try
        {
            if (!_stop.IsCancellationRequested)
            {
                _cache.Keep(question, reply);
                await _breakers.RecordAsync(question.Zone, reply, IsAliveAsync).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_running)
            {
                _running.Remove((question.Name, question.Kind));
            }
        }

        return reply.Answer;
    }

    /// <summary>Every resolver knows localhost, or that it does not; any response will do.</summary>
    private async Task<bool> IsAliveAsync()
    {
        using var limit = new LimitedSource(_options.Timeout, _time, _stop.Token);
        var reply = await _wire.Value.AskAsync(new NameQuestion("localhost", NameRecordKind.A), limit.Token).ConfigureAwait(false);
        return reply.Kind != DnsReplyKind.Silent;
    }

    /// <summary>Told when it begins; it is over when half is free again.</summary>
    private bool IsFull()
    {
        if (_running.Count >= _options.Concurrency)
        {
            if (!_isFull)
            {
                _isFull = true;
                Log.Full(_logger, _options.Concurrency);
            }

            return true;
        }

        _isFull &= _running.Count > _options.Concurrency / 2;
        return false;
    }

    private static async ValueTask<NameAnswer> WaitAsync(Task<NameAnswer> running, CancellationToken cancellationToken)
    {
        try
        {
            return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return NameAnswer.Failed("no answer in the time that the rule or the event has");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(584, LogLevel.Warning, "The DNS list {Zone} answers {What}")]
        public static partial void Doubtful(ILogger logger, string zone, string what);

        [LoggerMessage(585, LogLevel.Information, "The DNS list {Zone} answers as a list does again")]
        public static partial void Trusted(ILogger logger, string zone);

        [LoggerMessage(586, LogLevel.Warning, "{Questions} questions to the DNS are under way: further ones fail at once; raise dns.concurrency, or look whether the DNS is slow")]
        public static partial void Full(ILogger logger, int questions);

        [LoggerMessage(587, LogLevel.Error, "Asking the DNS for {Name} met a bug")]
        public static partial void Bug(ILogger logger, string name, Exception bug);
    }
}
