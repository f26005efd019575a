using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;
using Pmilter.Service;
using Pmilter.Telemetry;

namespace Pmilter.Server;

/// <summary>The server's life: everything is opened, or it does not start; then it serves until it is stopped.</summary>
internal sealed partial class ServerRun(ServerSettings options, PolicySet policies, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<ServerRun>();
    private readonly ServerState _state = new(options.State, policies.State, time, loggers);
    private readonly ServerScripts _scripts = new(options.Ruby, time, loggers);
    private readonly GeoWatch _geo = new(options.Geo, time, loggers.CreateLogger<GeoWatch>());

    /// <summary>The policies in force; a reload replaces them.</summary>
    public PolicyHost Policies { get; } = new(policies);

    /// <summary>Called when everything is bound, with the addresses; for tests.</summary>
    public Action<IReadOnlyList<MilterListener>>? Listening { get; init; }

    /// <summary>Who is told how it goes.</summary>
    public ServiceNotifier Service { get; init; } = ServiceNotifier.None;

    /// <summary>Sockets that were opened before the process began.</summary>
    public InheritedSockets Inherited { get; init; } = InheritedSockets.None;

    /// <summary>How long the service manager waits for a sign of life; null: it does not ask.</summary>
    public TimeSpan? WatchdogLimit { get; init; }

    /// <summary>The policies in force, in a line.</summary>
    public string Status => $"Policies: {PolicyCount}, rules: {Policies.Current.Rules.Count}, revision: {Policies.Current.Revision}";

    public PolicyReloader Reloader(PolicyLoader loader) => new(loader, Policies, _state, _scripts, loggers.CreateLogger<PolicyReloader>());

    /// <exception cref="ServerStartException">The country data cannot be read, an address not be listened on, or another server has the state folder.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        _geo.Open(Policies.Current);
        await StartScriptsAsync().ConfigureAwait(false);
        var personal = PersonalText.Open(options.Log.HashKey);
        using var keeper = new StateKeeper(options.State, _state.Local, time, loggers.CreateLogger<StateKeeper>());
        keeper.Open(Policies.Current.State);
        await _state.StartAsync().ConfigureAwait(false);
        using var metrics = new StateMetrics(_state.Local);
        using var slots = new ConnectionSlots(options.MaxConnections);
        var listeners = await BindAsync(slots, stop).ConfigureAwait(false);
        foreach (var listener in listeners)
        {
            var address = ListenerPlace.Describe(listener.LocalEndPoint!);
            Log.Listening(_logger, address, PolicyCount, Policies.Current.Rules.Count, Policies.Current.Revision);
        }

        Listening?.Invoke(listeners);
        using var decisions = options.Log.Decisions.Length > 0 ? new DecisionFile(options.Log.Decisions, options.Log.DecisionsKept) : null;
        var recorder = decisions is null ? null : new DecisionRecorder(decisions, personal);
        var server = new MilterServer(listeners, slots, Sessions(recorder).ServeAsync, options.Drain, time, loggers.CreateLogger<MilterServer>());
        var serving = server.RunAsync(stop);
        Service.Ready(Status);
        var watchdog = WatchAsync(server, stop);
        var sweep = new StateSweep(_state, time).RunAsync(stop);
        var watch = _geo.RunAsync(stop);
        var admin = Admin().RunAsync(stop);
        var shared = _state.RunAsync(stop);
        var keep = keeper.RunAsync(stop);
        await serving.ConfigureAwait(false);
        await Task.WhenAll(sweep, watch, admin, keep, shared, watchdog).ConfigureAwait(false);
        await _scripts.EndAsync().ConfigureAwait(false);
        keeper.Save();
        if (decisions is { Dropped: > 0 and var dropped })
        {
            Log.Dropped(_logger, dropped, options.Log.Decisions);
        }

        Log.Stopped(_logger);
    }

    public async ValueTask DisposeAsync()
    {
        await _scripts.DisposeAsync().ConfigureAwait(false);
        await _state.DisposeAsync().ConfigureAwait(false);
    }

    private Task WatchAsync(MilterServer server, CancellationToken stop) => WatchdogLimit is { } limit
        ? new Watchdog(limit, Service, time, loggers.CreateLogger<Watchdog>()).RunAsync(server.FaultAsync, stop)
        : Task.CompletedTask;

    private async Task StartScriptsAsync()
    {
        var diagnostics = new DiagnosticBag();
        await _scripts.CheckAsync(Policies.Current, diagnostics).ConfigureAwait(false);
        if (diagnostics.HasErrors)
        {
            throw new ServerStartException($"the policies' handlers have errors; nothing was started.\n{DiagnosticRenderer.Render(diagnostics.All)}");
        }

        await _scripts.BeginAsync().ConfigureAwait(false);
    }

    private int PolicyCount => Policies.Current.Rules.Select(rule => rule.Rule.Policy).Distinct(StringComparer.Ordinal).Count();

    private AdminServer Admin() => new(options.AdminSocket, new AdminDesk(Policies, _state, time), loggers.CreateLogger<AdminServer>());

    private EngineOptions Engine => options.Engine with { Scripts = _scripts, ScriptTimeout = options.Ruby.Timeout, ScriptOnError = options.Ruby.OnError };

    private SessionHost Sessions(DecisionRecorder? recorder)
    {
        var services = new HandlerServices(
            Policies, _state.Operations, _geo.Source, Engine, new DelayGate(options.MaxDelayed, time), time, new DecisionLog(loggers.CreateLogger<DecisionLog>()), recorder);
        return new SessionHost(
            options.Session with { Clock = time },
            context => new PolicyHandler(context, services),
            new SessionLog(loggers.CreateLogger<SessionLog>()));
    }

    private async Task<IReadOnlyList<MilterListener>> BindAsync(ConnectionSlots slots, CancellationToken cancellationToken)
    {
        var allowed = new AllowedSources(options.Allow, time);
        var sockets = await ListenerSockets.OpenAsync(options.Listen, Inherited, cancellationToken).ConfigureAwait(false);
        return [.. sockets.Select(one => new MilterListener(one.Place, one.Socket, allowed, slots, time, loggers.CreateLogger<MilterListener>()))];
    }

    private static partial class Log
    {
        [LoggerMessage(103, LogLevel.Information, "Listening on {Address} with policies: {Policies}, rules: {Rules}, revision: {Revision}")]
        public static partial void Listening(ILogger logger, string address, int policies, int rules, string revision);

        [LoggerMessage(105, LogLevel.Warning, "{Dropped} lines of the decision log {Path} were lost: the disk was too slow")]
        public static partial void Dropped(ILogger logger, long dropped, string path);

        [LoggerMessage(104, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);
    }
}
