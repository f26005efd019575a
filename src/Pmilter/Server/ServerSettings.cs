using System.Net;
using Pmilter.Configuration;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Transports;
using Pmilter.Web;

namespace Pmilter.Server;

/// <summary>What the running server needs of its configuration, checked; units are in the types.</summary>
internal sealed record ServerSettings
{
    public required IReadOnlyList<ListenSettings> Listen { get; init; }

    /// <summary>Who may connect over TCP.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Deadlines of sessions; the id and the listener are filled in for each.</summary>
    public SessionOptions Session { get; init; } = new() { Id = string.Empty };

    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    public int MaxConnections { get; init; } = 10_000;

    public int MaxDelayed { get; init; } = 20;

    public EngineOptions Engine { get; init; } = new();

    /// <summary>The folder of the policy files.</summary>
    public string Policies { get; init; } = "policies";

    public IReadOnlyDictionary<string, PolicyMode> Modes { get; init; } = new Dictionary<string, PolicyMode>(StringComparer.Ordinal);

    /// <summary>When policies are loaded again, and what is kept of them.</summary>
    public ReloadSettings Reload { get; init; } = new();

    /// <summary>How long revisions are: no shorter than the decisions that name them.</summary>
    public TimeSpan RevisionsKept => Log.Decisions.Length > 0 && Log.DecisionsKept > Reload.Retain ? Log.DecisionsKept : Reload.Retain;

    /// <summary><c>fuse</c>; null for no fuses.</summary>
    public FuseSection? Fuse { get; init; }

    /// <summary><c>traces</c>; null for none.</summary>
    public TracesSection? Traces { get; init; }

    /// <summary><c>auth.trusted</c>, as written.</summary>
    public IReadOnlyList<string> TrustedAuthServers { get; init; } = [];

    /// <summary><c>auth.check</c>; null where it is off.</summary>
    public AuthenticationOptions? Authentication { get; init; }

    /// <summary><c>notify</c>: targets by name; the paths of secrets are absolute.</summary>
    public IReadOnlyDictionary<string, NotifyOptions> Notify { get; init; } = new Dictionary<string, NotifyOptions>(StringComparer.Ordinal);

    /// <summary>The same as policies see them.</summary>
    public IReadOnlyDictionary<string, NoticeTarget> NoticeTargets =>
        Notify.ToDictionary(target => target.Key, target => new NoticeTarget(target.Value.AtMost, target.Value.Mail.Length > 0), StringComparer.Ordinal);

    public GeoSettings Geo { get; init; } = new("geoip/country.mmdb", string.Empty, TimeSpan.FromDays(90));

    public StateSettings State { get; init; } = new();

    public LogSettings Log { get; init; } = new("notice", IsJson: false, string.Empty);

    /// <summary><c>dns</c>.</summary>
    public DnsOptions Dns { get; init; } = new();

    /// <summary><c>ruby</c>; its paths are absolute.</summary>
    public RubySection Ruby { get; init; } = new();

    /// <summary>A policy that stands in no file of the folder: the handlers of an imported configuration. Null: the folder's are read.</summary>
    public SourceText? InlinePolicy { get; init; }

    /// <summary>The path of the admin socket; empty for none.</summary>
    public string AdminSocket { get; init; } = string.Empty;

    public SocketAccess AdminAccess { get; init; } = SocketAccess.OwnerOnly;

    /// <summary>The path of the socket that only tells; empty for none.</summary>
    public string ReadSocket { get; init; } = string.Empty;

    public SocketAccess ReadAccess { get; init; } = SocketAccess.OwnerOnly;

    /// <summary>Where metrics and health are served over TCP; null: nowhere.</summary>
    public IPEndPoint? AdminListen { get; init; }

    /// <summary>The path of the token that is asked for there; empty: none is.</summary>
    public string AdminTokenFile { get; init; } = string.Empty;

    /// <summary>The admin page that is served there; null for none.</summary>
    public PageSettings? Page { get; init; }
}

/// <summary>An entry of <c>server.listen</c>; see <see cref="ListenerPlace"/> for the last two.</summary>
/// <param name="Address">Null for sockets that systemd passes.</param>
internal sealed record ListenSettings(string Name, MilterAddress? Address, UnixFileMode? Mode = null, string Group = "")
{
    /// <summary>What systemd calls the sockets that it passes; empty where <see cref="Address"/> says where to listen.</summary>
    public string Inherited { get; init; } = string.Empty;
}

/// <summary>Who may use a Unix socket.</summary>
/// <param name="Group">A name or a number; empty leaves the process's.</param>
internal sealed record SocketAccess(UnixFileMode Mode, string Group)
{
    public static SocketAccess OwnerOnly { get; } = new(UnixFileMode.UserRead | UnixFileMode.UserWrite, string.Empty);
}

/// <summary><c>geoip</c>: paths, empty for none; data older than <paramref name="WarnAfter"/> are warned about.</summary>
internal sealed record GeoSettings(string Country, string Asn, TimeSpan WarnAfter);

/// <summary><c>log</c>: a syslog word, the format, a file or empty for stderr.</summary>
internal sealed record LogSettings(string Level, bool IsJson, string File)
{
    /// <summary>The path of the decision log; empty for none.</summary>
    public string Decisions { get; init; } = string.Empty;

    public TimeSpan DecisionsKept { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The file of the key that addresses and subjects are hashed with; empty: they are written as they are.</summary>
    public string HashKey { get; init; } = string.Empty;
}

/// <summary><c>state</c>: where counters, holds, bans, memories and greylists live.</summary>
internal sealed record StateSettings
{
    /// <summary>The folder of the snapshot; empty: nothing outlasts the process.</summary>
    public string Folder { get; init; } = string.Empty;

    public TimeSpan SnapshotEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The address of the shared store; empty: state is this process's own.</summary>
    public string Redis { get; init; } = string.Empty;

    public string Prefix { get; init; } = "pmilter";

    /// <summary>What the shared store may take an event.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>When the shared store fails, this process's own counters go on; else the event fails and on_error decides.</summary>
    public bool GoesOnLocally { get; init; } = true;
}

/// <summary>Keys of <c>policies</c> that a running server heeds.</summary>
internal sealed record ReloadSettings
{
    /// <summary>Changed files are loaded by themselves.</summary>
    public bool IsWatched { get; init; }

    /// <summary>The policies' tests must pass first.</summary>
    public bool IsTested { get; init; }

    /// <summary>How long revisions are kept.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromDays(180);

    /// <summary>The file that holds <c>policies.mode</c>; empty for none.</summary>
    public string Configuration { get; init; } = string.Empty;
}
