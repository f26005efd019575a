using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Transports;

namespace Pmilter.Load;

/// <summary>Runs one load: the connections share a count of messages, each message is timed from its connect (or MAIL) to its verdict.</summary>
internal sealed class LoadRun(LoadOptions options)
{
    private readonly MessageMaker _maker = new(options);
    private readonly ConcurrentDictionary<string, int> _verdicts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _errors = new(StringComparer.Ordinal);
    private readonly PhaseClock? _phases = options.TimesPhases ? new PhaseClock() : null;
    private EndPoint? _endPoint;
    private int _next = -1;

    public async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        var before = ProcessUsage.Read(options.ProcessId);
        var start = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, options.Connections).Select(_ => Task.Factory.StartNew(
            () => WorkAsync(cancellationToken).GetAwaiter().GetResult(), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var times = await Task.WhenAll(workers);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = ProcessUsage.Read(options.ProcessId);
        var sorted = times.SelectMany(t => t).Order().ToArray();
        return new LoadResult(options, elapsed, sorted, new SortedDictionary<string, int>(_verdicts, StringComparer.Ordinal), _errors, _phases?.Read() ?? [], after.Cpu - before.Cpu, after.ResidentBytes);
    }

    private async Task<List<double>> WorkAsync(CancellationToken cancellationToken)
    {
        var milliseconds = new List<double>();
        while (Volatile.Read(ref _next) < options.Messages - 1 && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ConnectionAsync(milliseconds, cancellationToken);
            }
            catch (Exception e) when (e is MilterClientException or IOException or SocketException)
            {
                _errors.AddOrUpdate($"{e.GetType().Name}: {e.Message}", 1, (_, n) => n + 1);
            }
        }

        return milliseconds;
    }

    private async Task ConnectionAsync(List<double> milliseconds, CancellationToken cancellationToken)
    {
        var n = Interlocked.Increment(ref _next);
        if (n >= options.Messages)
        {
            return;
        }

        var start = Stopwatch.GetTimestamp();
        await using var client = new MilterClient(await DialAsync(cancellationToken), options.Offer);
        await client.NegotiateAsync(cancellationToken);
        client.Macros["j"] = "mx.example";
        client.Macros["daemon_name"] = "mx.example";
        client.Macros["v"] = "Load";
        var sender = new MessageSender(client);
        if (_maker.Login(n) is { } login)
        {
            client.Macros["auth_authen"] = login;
            client.Macros["auth_type"] = "PLAIN";
        }

        await sender.BeginAsync(_maker.Client(n), "client.example", cancellationToken);
        for (var sent = 1; ; sent++)
        {
            var outcome = await sender.SendAsync(_maker.Message(n), cancellationToken);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            _verdicts.AddOrUpdate(outcome.Final.ToString(), 1, (_, count) => count + 1);
            if (sent == options.PerConnection)
            {
                break;
            }

            n = Interlocked.Increment(ref _next);
            if (n >= options.Messages)
            {
                break;
            }

            start = Stopwatch.GetTimestamp();
        }

        await client.QuitAsync(cancellationToken);
    }

    private async Task<ITransport> DialAsync(CancellationToken cancellationToken)
    {
        var endPoint = _endPoint ??= (await options.Target.ResolveAsync(cancellationToken))[0];
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(endPoint);
            if (endPoint is IPEndPoint)
            {
                socket.NoDelay = true;
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        ITransport transport = new BlockingTransport(socket);
        return _phases is null ? transport : new TimedTransport(transport, _phases);
    }
}
