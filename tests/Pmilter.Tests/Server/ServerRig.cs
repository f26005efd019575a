using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Transports;
using Pmilter.Safety;
using Pmilter.Server;
using Pmilter.Server.Lists;

namespace Pmilter.Tests.Server;

/// <summary>A whole server in this process, on ports and paths of its own.</summary>
internal sealed class ServerRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<IReadOnlyList<MilterListener>> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _run;
    private readonly ServerRun _server;


    private ServerRig(ServerSettings options, TimeProvider time, bool hasPolicies)
    {
        var shelf = new ListShelf(options.State.Folder);
        var interventions = InterventionKeeper.Open(options.State.Folder);
        var loader = new PolicyLoader(options, time) { Lists = shelf, Interventions = () => interventions.Current };
        var load = hasPolicies ? loader.Load() : new PolicyLoad(PolicySet.Empty, [], new DiagnosticBag());
        var policies = load.Set ?? throw new ArgumentException("The policies have errors.", nameof(options));
        _server = new ServerRun(options, policies, shelf, time, Log)
        {
            Interventions = interventions,
            Kept = load.Kept,
            Listening = listeners => _listening.TrySetResult(listeners),
        };
        Reloader = _server.Reloader(loader);
        _run = _server.RunAsync(_stop.Token);
    }

    public PolicyHost Policies => _server.Policies;

    /// <summary>What SIGHUP calls.</summary>
    public PolicyReloader Reloader { get; }

    /// <summary>What looks at list files from time to time.</summary>
    public ListWatch Lists => _server.Lists;

    public RecordedLog Log { get; } = new();

    public IReadOnlyList<MilterListener> Listeners { get; private set; } = [];

    /// <summary>Of the first listener; known when it is closed, too.</summary>
    public MilterAddress Address { get; private set; } = Parse("inet:127.0.0.1:0");

    public static ServerSettings Options(params string[] listen) => new()
    {
        Listen = [.. listen.Select(text => new ListenSettings(text, Parse(text)))],
        Geo = new GeoSettings(string.Empty, string.Empty, TimeSpan.FromDays(90)),
    };

    public static async Task<ServerRig> StartAsync(ServerSettings? options = null, TimeProvider? time = null, bool hasPolicies = false)
    {
        var rig = new ServerRig(options ?? Options("inet:127.0.0.1:0"), time ?? TimeProvider.System, hasPolicies);
        await Task.WhenAny(rig._listening.Task, rig._run).WaitAsync(Patience);
        if (rig._run.IsFaulted)
        {
            await rig._run;
        }

        rig.Listeners = await rig._listening.Task;
        rig.Address = AddressOf(rig.Listeners[0]);
        return rig;
    }

    public static MilterAddress Parse(string text) =>
        MilterAddress.TryParse(text, out var address, out var error) ? address : throw new ArgumentException(error, nameof(text));

    public static MilterAddress AddressOf(MilterListener listener) =>
        listener.LocalEndPoint is IPEndPoint ip ? Parse($"inet:{ip}") : Parse($"unix:{listener.LocalEndPoint}");

    public Task<MilterClient> DialAsync(MilterAddress? address = null) =>
        MilterClient.DialAsync(address ?? Address, null, CancellationToken.None).WaitAsync(Patience);

    /// <summary>A bare connection, for bytes that no MTA sends.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync((await Address.ResolveAsync(CancellationToken.None))[0]).WaitAsync(Patience);
        return socket;
    }

    /// <summary>Waits for a line of the log.</summary>
    public async Task SaysAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!Log.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            await Task.Delay(5, limit.Token);
        }
    }

    public void Stop() => _stop.Cancel();

    public Task EndAsync() => _run.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Stop();
        await EndAsync();
        await _server.DisposeAsync();
        _stop.Dispose();
    }
}

/// <summary>Keeps every line, <c>Warning: text</c>.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => NullLogger.Instance.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
