using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Admin.Status;
using Pmilter.Effects.Dns;
using Pmilter.Monitoring;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Fuses;
using Pmilter.Policies.Lists.Files;
using Pmilter.Reloading;
using Pmilter.Safety;
using Pmilter.Server.Lists;
using Pmilter.Service;
using Pmilter.TakeOver;
using Pmilter.Telemetry;
using Pmilter.Web;
using Pmilter.Web.Feed;

namespace Pmilter.Server;

/// <summary>The server's life: everything is opened, or it does not start; then it serves until it is stopped.</summary>
/// <param name="policies">What the server begins with.</param>
/// <param name="shelf">The loader's.</param>
internal sealed partial class ServerRun(ServerSettings options, PolicySet policies, ListShelf shelf, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly PolicyHost _policies = new(policies);
    private readonly ILogger _logger = loggers.CreateLogger<ServerRun>();
    private readonly ServerState _state = new(options.State, policies.State, time, loggers);
    private readonly ServerScripts _scripts = new(options.Ruby, time, loggers);
    private readonly DnsNameService _names = new(options.Dns, time, loggers.CreateLogger<DnsNameService>());
    private readonly GeoWatch _geo = new(options.Geo, time, loggers.CreateLogger<GeoWatch>());
    private readonly ServerMetrics _metrics = new();
    private readonly FuseBoard? _fuses = options.Fuse is { } fuse ? FuseDesk.BoardOf(fuse) : null;
    private readonly AuditLog _audit = new(options.State.Folder, time, loggers.CreateLogger<AuditLog>());
    private readonly PageFeed? _feed = options is { AdminListen: not null, Page: not null } ? new() : null;
    private HandOver? _handOver;
    private PolicyReloader? _reloader;
    private ReloadReport? _start;
    private PolicyLoader? _loader;
    private PageTokens? _tokens;

    /// <summary>The policies in force; a reload replaces them.</summary>
    public PolicyHost Policies => _policies;

    /// <summary>Exchanges lists whose files change.</summary>
    public ListWatch Lists => field ??= new ListWatch(_policies, shelf, time, loggers.CreateLogger<ListWatch>()) { Own = options.Engine.Protection.Clients is FileList own ? [own] : [] };

    private ListUses ListUses => field ??= new ListUses(_policies, options.State.Folder, time, loggers.CreateLogger<ListUses>());

    /// <summary>What an operator has changed for a while; the loader's.</summary>
    public InterventionKeeper Interventions { get; init; } = InterventionKeeper.Open(string.Empty);

    /// <summary>Lists whose files were not good at the start.</summary>
    public IReadOnlyList<KeptList> Kept { get; init; } = [];

    /// <summary>Called when everything is bound, with the addresses; for tests.</summary>
    public Action<IReadOnlyList<MilterListener>>? Listening { get; init; }

    /// <summary>Who is told how it goes.</summary>
    public ServiceNotifier Service { get; init; } = ServiceNotifier.None;

    /// <summary>Sockets that were opened before the process began.</summary>
    public InheritedSockets Inherited { get; init; } = InheritedSockets.None;

    /// <summary>The running server gives its sockets and its state, if one runs.</summary>
    public bool TakesOver { get; init; }

    /// <summary>Starts the process that takes over from this one; null where that cannot be.</summary>
    public SuccessorStart? Successor { get; init; }

    /// <summary>Another process has taken over; this one has its last sessions.</summary>
    public bool HasLeft => _handOver is { IsDone: true };

    /// <summary>How long the service manager waits for a sign of life; null: it does not ask.</summary>
    public TimeSpan? WatchdogLimit { get; init; }

    /// <summary>What the admin page asks for; null where none is served.</summary>
    public string? PageToken => _tokens?.Whole.Text;

    /// <summary>The policies in force, in a line.</summary>
    public string Status => $"Policies: {PolicyCount}, rules: {Policies.Current.Rules.Count}, revision: {Policies.Current.Revision}";

    /// <summary>What loads the policies again; to be made before the server runs.</summary>
    /// <param name="start">What became of the first load, where the server does not run what is on disk.</param>
    public PolicyReloader Reloader(PolicyLoader loader, ReloadReport? start = null)
    {
        _loader = loader;
        var store = new RevisionStore(options.State.Folder);
        _reloader = new PolicyReloader(loader, Policies, _state, _scripts, time, loggers.CreateLogger<PolicyReloader>())
        {
            Lists = Lists,
            Tests = options.Reload.IsTested ? new PolicyTestGate(options, _scripts, time) : null,
            Revisions = store.IsUsed && options.InlinePolicy is null
                ? new RevisionKeeper(store, options.Policies, () => loader.LastModes, options.RevisionsKept, loggers.CreateLogger<RevisionKeeper>())
                : null,
        };
        _start = start;
        return _reloader;
    }

    /// <exception cref="ServerStartException">
    /// The country data cannot be read, an address not be listened on, another server has the state folder, or it does not let this one take over.
    /// </exception>
    public async Task RunAsync(CancellationToken end)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(end);
        var stop = leaving.Token;
        using var readers = new MetricReaders(_metrics);
        var readiness = new Readiness(stop);
        var pages = new MonitorPages(readers, readiness);
        var page = Page();
        await using var monitor = Monitor(pages, page);
        if (!TakesOver)
        {
            await (monitor?.StartAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }

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

        if (options.Authentication is not null)
        {
            // Loads OpenSSL now: where it is missing the start fails, and not a message.
            _ = SHA256.HashData([]);
        }

        _scripts.Called = IsWatched ? _metrics.Called : null;
        await _scripts.StartAsync(Policies.Current).ConfigureAwait(false);
        var personal = PersonalText.Open(options.Log.HashKey);
        await _state.StartAsync().ConfigureAwait(false);
        readers.Add(new StateReader(_metrics.Factory, _state));
        await using var notices = NoticeDesk.Open(options.Notify, time, loggers);
        var opening = new ListenerOpening(options, time, loggers);
        var safety = _reloader is null ? null : Safety(_reloader, notices);
        using var slots = new ConnectionSlots(opening.MostConnections());
        using var loops = new SessionLoops();

        // From here on connections wait: what takes time is done. What is opened below is closed before the process before hears that it goes on.
        await using var predecessor = TakesOver ? await Predecessor.MeetAsync(options.AdminSocket, options.State.Folder, time, loggers.CreateLogger<Predecessor>(), stop).ConfigureAwait(false) : null;
        using var keeper = new StateKeeper(options.State, _state.Local, time, loggers.CreateLogger<StateKeeper>());
        keeper.Open(Policies.Current.State, isTakenOver: predecessor is not null);
        if (predecessor is not null)
        {
            ReadInterventions();
        }

        await (safety?.StartAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        var listeners = await opening.OpenAsync(slots, loops, predecessor?.Sockets ?? Inherited, stop).ConfigureAwait(false);
        await (predecessor?.SucceedAsync(listeners, stop) ?? Task.CompletedTask).ConfigureAwait(false);

        foreach (var listener in listeners)
        {
            var address = ListenerPlace.Describe(listener.LocalEndPoint!);
            Log.Listening(_logger, address, PolicyCount, Policies.Current.Rules.Count, Policies.Current.Revision);
        }

        Listening?.Invoke(listeners);
        var prepared = Task.Run(Policies.Current.Prepare, CancellationToken.None);
        using var decisions = options.Log.Decisions.Length > 0 ? new DecisionFile(options.Log.Decisions, options.Log.DecisionsKept) : null;
        readers.Add(new ListenerReader(_metrics.Factory, listeners));
        readers.Add(new ServiceReader(_metrics.Factory) { Geo = _geo, Names = _names, Scripts = _scripts, Notices = notices, Decisions = decisions, Time = time });
        var recorder = decisions is null && _feed is null ? null : new DecisionRecorder(decisions, personal, _feed?.Recent);
        using var traces = options.Traces is { } section ? new MessageTraces(section, ServerSection.Version, loggers) : null;
        var server = new MilterServer(listeners, slots, Sessions(notices, recorder, loops, traces), options.Drain, time, loggers.CreateLogger<MilterServer>());
        using var over = new CancellationTokenSource();
        var serving = server.RunAsync(stop, end);
        var earlier = predecessor?.ServeAsync(_state.Operations, () => _state.Inventory, over.Token) ?? Task.CompletedTask;
        readiness.Ready(() => server.EndedListener);
        Service.Ready(Status);
        if (TakesOver)
        {
            await (monitor?.StartAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }

        var watchdog = WatchAsync(server, loops, stop);
        var sweep = new StateSweep(_state, time).RunAsync(stop);
        var watch = _geo.RunAsync(stop);
        var lists = Task.WhenAll(Lists.RunAsync(stop), ListUses.RunAsync(over.Token));
        readers.Add(new FuseSeries(_metrics.Factory, _fuses, Interventions));
        var status = StatusOf(server, listeners, safety, predecessor);
        var desk = new AdminDesk(Policies, _state, time);
        var front = new ServerFront(monitor, [.. AdminDoor.Of(options).Select(door => Admin(door, status, desk, pages, safety, monitor?.Address))]);
        await front.OpenAsync().ConfigureAwait(false);
        var ending = safety?.RunAsync(stop) ?? Task.CompletedTask;
        using var state = new StatePart(desk, time);
        using var playground = new Playground(options, () => _loader?.LastModes ?? options.Modes, _geo.Source, time);
        if (page is not null && _feed is { } feed)
        {
            page.Open(new PageDesk(new OverviewPart(status, Policies, feed, time), new DecisionPart(feed.Recent, playground), state, playground) { Safety = safety }, monitor?.Address);
        }

        var shared = _state.RunAsync(over.Token);
        _reloader?.Start(_start);
        var files = _reloader is { } reloader && options.Reload.IsWatched && options.InlinePolicy is null
            ? new PolicyWatch(options.Policies, options.Reload.Configuration, reloader, time).RunAsync(stop)
            : Task.CompletedTask;
        var keep = keeper.RunAsync(stop);
        await using var handOver = new HandOver(
            new HandOverParts(server, listeners, _state, keeper, ListUses, front, Service, leaving.Cancel), options.State.Folder, time, loggers.CreateLogger<HandOver>());
        _handOver = handOver;
        var successor = new TakeOverDesk(options.AdminSocket, handOver, loggers.CreateLogger<TakeOverDesk>()).RunAsync(stop);
        await serving.ConfigureAwait(false);
        await successor.ConfigureAwait(false);
        await (HasLeft ? earlier : Task.CompletedTask).WaitAsync(MilterServer.LeftDrain, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await over.CancelAsync().ConfigureAwait(false);
        await front.CloseAsync().ConfigureAwait(false);
        await Task.WhenAll(prepared, sweep, watch, lists, earlier, ending, keep, shared, files, watchdog).ConfigureAwait(false);
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

    private Task WatchAsync(MilterServer server, SessionLoops loops, CancellationToken stop) => WatchdogLimit is { } limit
        ? new Watchdog(limit, Service, time, loggers.CreateLogger<Watchdog>()).RunAsync(
            async (patience, cancellationToken) =>
            {
                var faults = await Task.WhenAll(server.FaultAsync(patience, cancellationToken), loops.FaultAsync(patience, time, cancellationToken)).ConfigureAwait(false);
                return Array.Find(faults, fault => fault.Length > 0) ?? string.Empty;
            },
            stop)
        : Task.CompletedTask;

    private int PolicyCount => Policies.Current.Rules.Select(rule => rule.Rule.Policy).Distinct(StringComparer.Ordinal).Count();

    private StatusDesk StatusOf(MilterServer server, IReadOnlyList<MilterListener> listeners, SafetyDesk? safety, Predecessor? predecessor) => new(
        new ServerSection(time, () => server.SessionCount) { Ending = () => predecessor?.Draining },
        new ListenersSection(listeners),
        new PoliciesSection(Policies, _reloader, time.GetUtcNow()),
        new StateSection(_state),
        new GeoSection(_geo, options.Geo, time),
        new RubyWorkersSection(_scripts))
    {
        Safety = safety,
    };

    private AdminServer Admin(AdminDoor door, StatusDesk status, AdminDesk desk, MonitorPages pages, SafetyDesk? safety, string? address) =>
        new(door, desk, status, _reloader is null ? null : new ReloadDesk(_reloader), pages, loggers.CreateLogger<AdminServer>())
        {
            Safety = safety,
            Lists = new ListsDesk(Policies, ListUses),
            Greylists = new GreylistImport(Policies, _state, time),
            History = count => [.. new RevisionStore(options.State.Folder).History().Take(count)],
            Audit = _audit,
            Successor = Successor,
            Page = _tokens?.LinkAt(address),
            ReadPage = _tokens?.ReadLinkAt(address),
        };

    /// <summary>Null where no page is served: then nothing is kept for it.</summary>
    private PageServer? Page()
    {
        if (options is not { AdminListen: { } listen, Page: { } page })
        {
            return null;
        }

        _tokens = PageTokens.Open(page);
        return new PageServer(new PageGuard(listen.Port, page.Hosts, _tokens.Whole, _tokens.Reading, time), time, loggers.CreateLogger<PageServer>()) { Record = _audit.Write };
    }

    private SafetyDesk Safety(PolicyReloader reloader, NoticeDesk notices) => new(reloader, Policies, Interventions, time, loggers.CreateLogger<SafetyDesk>())
    {
        Others = _state.Register is { } register ? new SharedInterventions(register, Environment.MachineName, time, loggers.CreateLogger<SharedInterventions>()) : null,
        Fuses = options.Fuse is { } fuse && _fuses is { } board ? new FuseDesk(board, fuse, notices, _audit, time, loggers.CreateLogger<FuseDesk>()) : null,
    };

    /// <summary>Whether somebody may ask for metrics; else events are not timed.</summary>
    private bool IsWatched => options.AdminSocket.Length + options.ReadSocket.Length > 0 || options.AdminListen is not null;

    private MonitorServer? Monitor(MonitorPages pages, PageServer? page) => options.AdminListen is { } endPoint
        ? new MonitorServer(endPoint, MonitorToken.Open(options.AdminTokenFile), pages, page, loggers.CreateLogger<MonitorServer>())
        : null;

    private EngineOptions Engine => options.Engine with { Names = _names, Fuses = _fuses, Scripts = _scripts, ScriptTimeout = options.Ruby.Timeout, ScriptOnError = options.Ruby.OnError };

    private ServeConnection Sessions(NoticeDesk notices, DecisionRecorder? recorder, SessionLoops loops, MessageTraces? traces)
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
            IsWatched ? _metrics : null)
        { Feed = _feed, Traces = traces };
        var sessions = loggers.CreateLogger<SessionLog>();
        var host = new SessionHost(
            options.Session with { Clock = time },
            context => new PolicyHandler(context, services),
            () => new SessionLog(sessions));
        return (socket, listener, abandon) => host.ServeAsync(loops.Open(socket), listener, abandon);
    }

    /// <summary>As the process before has left them.</summary>
    private void ReadInterventions()
    {
        if (Interventions.Reread() && _reloader?.Apply() is { } failure)
        {
            throw new ServerStartException($"Cannot take over the modes and blocks that were set by hand: {failure}");
        }
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
