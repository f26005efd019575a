using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Admin.Status;
using Pmilter.Effects.Dns;
using Pmilter.Monitoring;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Text;
using Pmilter.Reloading;
using Pmilter.Server.Lists;
using Pmilter.Service;
using Pmilter.Telemetry;

namespace Pmilter.Server;

/// <summary>The server's life: everything is opened, or it does not start; then it serves until it is stopped.</summary>
/// <param name="policies">What the server begins with.</param>
/// <param name="shelf">The loader's.</param>
internal sealed partial class ServerRun(ServerSettings options, PolicySet policies, ListShelf shelf, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>After the drain: master_exit, the last snapshot, the log's end.</summary>
    private static readonly TimeSpan TimeToSave = TimeSpan.FromSeconds(30);

    private readonly PolicyHost _policies = new(policies);
    private readonly ILogger _logger = loggers.CreateLogger<ServerRun>();
    private readonly ServerState _state = new(options.State, policies.State, time, loggers);
    private readonly ServerScripts _scripts = new(options.Ruby, time, loggers);
    private readonly DnsNameService _names = new(options.Dns, time, loggers.CreateLogger<DnsNameService>());
    private readonly GeoWatch _geo = new(options.Geo, time, loggers.CreateLogger<GeoWatch>());
    private readonly ServerMetrics _metrics = new();
    private PolicyReloader? _reloader;
    private ReloadReport? _start;

    /// <summary>The policies in force; a reload replaces them.</summary>
    public PolicyHost Policies => _policies;

    /// <summary>Exchanges lists whose files change.</summary>
    public ListWatch Lists => field ??= new ListWatch(_policies, shelf, time, loggers.CreateLogger<ListWatch>());

    /// <summary>Lists whose files were not good at the start.</summary>
    public IReadOnlyList<KeptList> Kept { get; init; } = [];

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

    /// <summary>What loads the policies again; to be made before the server runs.</summary>
    /// <param name="start">What became of the first load, where the server does not run what is on disk.</param>
    public PolicyReloader Reloader(PolicyLoader loader, ReloadReport? start = null)
    {
        var store = new RevisionStore(options.State.Folder);
        _reloader = new PolicyReloader(loader, Policies, _state, _scripts, Lists, time, loggers.CreateLogger<PolicyReloader>())
        {
            Tests = options.Reload.IsTested ? new PolicyTestGate(options, _scripts, time) : null,
            Revisions = store.IsUsed && options.InlinePolicy is null
                ? new RevisionKeeper(store, options.Policies, () => loader.LastModes, options.Reload.Retain, loggers.CreateLogger<RevisionKeeper>())
                : null,
        };
        _start = start;
        return _reloader;
    }

    /// <exception cref="ServerStartException">The country data cannot be read, an address not be listened on, or another server has the state folder.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var readers = new MetricReaders(_metrics);
        var readiness = new Readiness(stop);
        var pages = new MonitorPages(readers, readiness);
        await using var monitor = Monitor(pages);
        await (monitor?.StartAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        readers.Add(new RuleReader(_metrics.Factory, Policies));
        readers.Add(new PolicyReader(_metrics.Factory, Policies, _reloader));
        shelf.Take(Policies.Current);
        foreach (var kept in Kept)
        {
            Lists.Tell(kept);
        }

        _geo.Open(Policies.Current);
        if (Policies.Current.Lookups.Count > 0 && _names.Servers.Count == 0)
        {
            Log.NoResolver(_logger);
        }

        _scripts.Called = IsWatched ? _metrics.Called : null;
        await StartScriptsAsync().ConfigureAwait(false);
        var personal = PersonalText.Open(options.Log.HashKey);
        using var keeper = new StateKeeper(options.State, _state.Local, time, loggers.CreateLogger<StateKeeper>());
        keeper.Open(Policies.Current.State);
        await _state.StartAsync().ConfigureAwait(false);
        readers.Add(new StateReader(_metrics.Factory, _state));
        await using var notices = NoticeDesk.Open(options.Notify, time, loggers);
        using var slots = new ConnectionSlots(options.MaxConnections);
        var listeners = await BindAsync(slots, stop).ConfigureAwait(false);
        foreach (var listener in listeners)
        {
            var address = ListenerPlace.Describe(listener.LocalEndPoint!);
            Log.Listening(_logger, address, PolicyCount, Policies.Current.Rules.Count, Policies.Current.Revision);
        }

        Listening?.Invoke(listeners);
        using var decisions = options.Log.Decisions.Length > 0 ? new DecisionFile(options.Log.Decisions, options.Log.DecisionsKept) : null;
        readers.Add(new ListenerReader(_metrics.Factory, listeners));
        readers.Add(new ServiceReader(_metrics.Factory) { Geo = _geo, Names = _names, Scripts = _scripts, Notices = notices, Decisions = decisions, Time = time });
        var recorder = decisions is null ? null : new DecisionRecorder(decisions, personal);
        var server = new MilterServer(listeners, slots, Sessions(notices, recorder).ServeAsync, options.Drain, time, loggers.CreateLogger<MilterServer>());
        using var over = new CancellationTokenSource();
        var serving = server.RunAsync(stop);
        readiness.Ready(() => server.EndedListener);
        Service.Ready(Status);
        await using var stopping = stop.Register(() => Service.Stopping("Stopping: sessions may end", options.Drain + TimeToSave)).ConfigureAwait(false);
        var watchdog = WatchAsync(server, stop);
        var sweep = new StateSweep(_state, time).RunAsync(stop);
        var watch = _geo.RunAsync(stop);
        var lists = Lists.RunAsync(stop);
        var admin = Admin(server, listeners, pages).RunAsync(over.Token);
        var shared = _state.RunAsync(stop);
        _reloader?.Start(_start);
        var files = _reloader is { } reloader && options.Reload.IsWatched && options.InlinePolicy is null
            ? new PolicyWatch(options.Policies, options.Reload.Configuration, reloader, time).RunAsync(stop)
            : Task.CompletedTask;
        var keep = keeper.RunAsync(stop);
        await serving.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(sweep, watch, lists, admin, keep, shared, files, watchdog).ConfigureAwait(false);
        await _scripts.EndAsync().ConfigureAwait(false);
        await notices.CloseAsync().ConfigureAwait(false);
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
        await _names.DisposeAsync().ConfigureAwait(false);
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

    private AdminServer Admin(MilterServer server, IReadOnlyList<MilterListener> listeners, MonitorPages pages)
    {
        var status = new StatusDesk(
            new ServerSection(time, () => server.SessionCount),
            new ListenersSection(listeners),
            new PoliciesSection(Policies, _reloader, time.GetUtcNow()),
            new StateSection(_state),
            new GeoSection(_geo, options.Geo, time),
            new RubyWorkersSection(_scripts));
        return new AdminServer(
            options.AdminSocket, new AdminDesk(Policies, _state, time), status, _reloader is null ? null : new ReloadDesk(_reloader), pages, loggers.CreateLogger<AdminServer>());
    }

    /// <summary>Whether somebody may ask for metrics; else events are not timed.</summary>
    private bool IsWatched => options.AdminSocket.Length > 0 || options.AdminListen is not null;

    private MonitorServer? Monitor(MonitorPages pages) => options.AdminListen is { } endPoint
        ? new MonitorServer(endPoint, MonitorToken.Open(options.AdminTokenFile), pages, loggers.CreateLogger<MonitorServer>())
        : null;

    private EngineOptions Engine => options.Engine with { Names = _names, Scripts = _scripts, ScriptTimeout = options.Ruby.Timeout, ScriptOnError = options.Ruby.OnError };

    private SessionHost Sessions(NoticeDesk notices, DecisionRecorder? recorder)
    {
        var services = new HandlerServices(
            Policies,
            _state.Operations,
            _geo.Source,
            Engine,
            new DelayGate(options.MaxDelayed, time),
            time,
            new DecisionLog(loggers.CreateLogger<DecisionLog>()),
            notices,
            recorder,
            new ContentWatch(time, loggers.CreateLogger<ContentWatch>()),
            IsWatched ? _metrics : null);
        var sessions = loggers.CreateLogger<SessionLog>();
        return new SessionHost(
            options.Session with { Clock = time },
            context => new PolicyHandler(context, services),
            () => new SessionLog(sessions));
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

        [LoggerMessage(106, LogLevel.Warning, "The policies ask the DNS, and neither dns.servers nor /etc/resolv.conf names a resolver: every look-up fails")]
        public static partial void NoResolver(ILogger logger);

        [LoggerMessage(104, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);
    }
}
