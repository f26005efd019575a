using System.Collections.Immutable;
using System.Net;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Syntax;

namespace Pmilter.Configuration;

/// <summary>pmilter.yaml, checked. What is not written has its default here; paths are as written, relative to the file.</summary>
internal sealed record ServerConfiguration
{
    public ServerOptions Server { get; init; } = new();

    public PolicyOptions Policies { get; init; } = new();

    public ProtectOptions Protect { get; init; } = new();

    /// <summary>Null: no spans are sent.</summary>
    public TracesSection? Traces { get; init; }

    /// <summary>Null: no fuses.</summary>
    public FuseSection? Fuse { get; init; }

    public GeoOptions Geoip { get; init; } = new();

    public StateOptions State { get; init; } = new();

    public DnsOptions Dns { get; init; } = new();

    public ContentOptions Content { get; init; } = new();

    /// <summary>Targets by name.</summary>
    public ImmutableDictionary<string, NotifyOptions> Notify { get; init; } = ImmutableDictionary<string, NotifyOptions>.Empty;

    /// <summary><c>auth.trusted</c>: whose Authentication-Results are believed. Default: nobody's.</summary>
    public ImmutableArray<string> TrustedAuthServers { get; init; } = [];

    /// <summary><c>auth.check</c>; null (default) where it is off.</summary>
    public AuthenticationOptions? Authentication { get; init; }

    public LogOptions Log { get; init; } = new();

    public RubySection Ruby { get; init; } = new();

    public AdminOptions Admin { get; init; } = new();
}

/// <summary><c>server</c>: sockets, deadlines and what is said when something fails.</summary>
internal sealed record ServerOptions
{
    /// <summary>Where MTAs connect. Default: <c>inet:127.0.0.1:8895</c>.</summary>
    public ImmutableArray<ListenerOptions> Listen { get; init; } = [ListenerOptions.Default];

    /// <summary>Networks that may connect over TCP. Default: loopback.</summary>
    public ImmutableArray<IPNetwork> Allow { get; init; } = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>A connection that says nothing for that long is closed. Default 7210 s, libmilter's own; 10 s to 1 d.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(7210);

    /// <summary>An event is answered within it. Default 8 s, below Sendmail's 10 s; 100 ms to 5 m.</summary>
    public TimeSpan EventDeadline { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The end of a message is answered within it, with progress every 5 s. Default 60 s; 100 ms to 30 m.</summary>
    public TimeSpan EomDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>At shutdown, messages under way may take that long. Default 30 s; 0 s to 10 m.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further connections wait in the backlog. Default 10,000; 1 to 1,000,000.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Sessions that a <c>delay</c> holds up at a time. Default 20; 0 to 100,000.</summary>
    public int MaxDelayed { get; init; } = 20;

    /// <summary>For schedules, <c>hour</c> and <c>weekday</c>. Default UTC.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>When a look-up or Pmilter itself fails and the rule does not say. Default continue.</summary>
    public OnError OnError { get; init; } = OnError.Continue;

    public ReplyOptions Replies { get; init; } = new();
}

/// <summary><c>server.replies</c>: texts of verdicts that have none.</summary>
internal sealed record ReplyOptions
{
    public string Tempfail { get; init; } = "4.7.1 Please try again later";

    public string Reject { get; init; } = "5.7.1 Rejected by policy";

    public string Greylist { get; init; } = "4.7.1 Greylisted, try again in {retry_after}";
}

/// <summary><c>policies</c>: where they are and how strong.</summary>
internal sealed record PolicyOptions
{
    /// <summary>Folder of *.yaml files, read in ordinal order. Default <c>policies</c>.</summary>
    public string Dir { get; init; } = "policies";

    /// <summary>Policy name → mode, <c>default</c> for the rest; the effective mode is the weakest. Default: each file's own.</summary>
    public ImmutableDictionary<string, PolicyMode> Mode { get; init; } = ImmutableDictionary<string, PolicyMode>.Empty;

    /// <summary><c>watch</c>: changed files are loaded by themselves. Default true.</summary>
    public bool IsWatched { get; init; } = true;

    /// <summary><c>reload_test</c>: the policies' tests must pass before a reload takes effect. Default false.</summary>
    public bool IsTested { get; init; }

    /// <summary>How long revisions are kept. Default 180 d.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromDays(180);
}

/// <summary><c>geoip</c>: country and AS data.</summary>
internal sealed record GeoOptions
{
    /// <summary>An .mmdb file; empty: every country is ZZ. Default <c>geoip/country.mmdb</c>.</summary>
    public string Country { get; init; } = "geoip/country.mmdb";

    /// <summary>An .mmdb file; empty (default): every ASN is 0.</summary>
    public string Asn { get; init; } = string.Empty;

    /// <summary>Older data is warned about. Default 90 d; 1 d to 3660 d.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>What happens when shared state fails.</summary>
internal enum StateOnError
{
    Local,
    Continue,
    Tempfail,
}

/// <summary><c>state</c>: counters, holds, bans, memories and greylists.</summary>
internal sealed record StateOptions
{
    /// <summary>Where they are kept over a restart; empty: they end with the process. Default <c>state</c>.</summary>
    public string Dir { get; init; } = "state";

    /// <summary>How much is lost at most when the process or the machine dies. Default 10 s; 1 s to 1 h.</summary>
    public TimeSpan SnapshotEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Shared with other Pmilters through Redis or Valkey (<c>store: redis</c>). Default false: in this process.</summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// <c>host:6379</c>, several with commas, <c>unix:/run/redis/redis.sock</c>; StackExchange.Redis's options may follow
    /// (<c>,user=pmilter,password=…,ssl=true</c>). Needed with <c>store: redis</c>.
    /// </summary>
    public string Redis { get; init; } = string.Empty;

    /// <summary>Every key in Redis begins with it and a colon; Pmilters that share limits share it. Default <c>pmilter</c>.</summary>
    public string Prefix { get; init; } = "pmilter";

    /// <summary>What a shared store may take an event. Default 20 ms; 1 ms to 5 s.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMilliseconds(20);

    public StateOnError OnError { get; init; } = StateOnError.Local;
}

/// <summary><c>content</c>: how much of a message is kept for rules.</summary>
internal sealed record ContentOptions
{
    /// <summary>Default 256 kB; 0 to 64 MB.</summary>
    public long BodyLimitBytes { get; init; } = 256 * 1024;

    /// <summary>Default 200; 1 to 10,000.</summary>
    public int MaxParts { get; init; } = 200;

    /// <summary>Default 20; 1 to 100.</summary>
    public int MaxDepth { get; init; } = 20;

    /// <summary>Default 1 MB; 1 kB to 64 MB.</summary>
    public long HeadersLimitBytes { get; init; } = 1024 * 1024;

    /// <summary>Bodies up to so many bytes are kept whole where a rule adds text to them.</summary>
    public long RewriteLimitBytes { get; init; } = 10 * 1024 * 1024;
}

internal enum LogVerbosity
{
    Debug,
    Info,
    Notice,
    Warning,
    Error,
}

/// <summary><c>log</c>.</summary>
internal sealed record LogOptions
{
    /// <summary>Default notice: refusals, and what monitor rules would have done.</summary>
    public LogVerbosity Level { get; init; } = LogVerbosity.Notice;

    /// <summary>JSON lines instead of text. Default false.</summary>
    public bool IsJson { get; init; }

    /// <summary>Empty (default): standard error.</summary>
    public string File { get; init; } = string.Empty;

    /// <summary>The decision log, a file a day: <c>decisions.jsonl</c>; empty (default): none.</summary>
    public string Decisions { get; init; } = string.Empty;

    /// <summary>How long decision logs are kept. Default 30 d; 1 d to 3660 d.</summary>
    public TimeSpan DecisionsKept { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whether addresses and subjects in the decision log are hashed. Default false.</summary>
    public bool HasHashes { get; init; }
}

/// <summary><c>admin</c>: how <c>pmilter counters</c>, <c>bans</c> and the like reach the running server.</summary>
internal sealed record AdminOptions
{
    /// <summary>A Unix socket that does everything; empty: none. Default <c>state/admin.sock</c>, for the server's user alone.</summary>
    public AdminSocketOptions Socket { get; init; } = new("state/admin.sock");

    /// <summary>One that tells everything and changes nothing; empty (default): none.</summary>
    public AdminSocketOptions ReadSocket { get; init; } = new(string.Empty);

    /// <summary>Where <c>/metrics</c>, <c>/healthz</c>, <c>/readyz</c> and the admin page are served over TCP; null (default): nowhere.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>A file with the token that is asked for there; needed beyond loopback. Empty (default): none is.</summary>
    public string TokenFile { get; init; } = string.Empty;

    /// <summary>Whether the admin page is served there. Default: on loopback it is, beyond it is not, since it would go over the wire as it is.</summary>
    public bool HasPage { get; init; }

    /// <summary>The file of the page's own token. Empty (default): <c>page.token</c> in the state folder.</summary>
    public string PageTokenFile { get; init; } = string.Empty;

    /// <summary>The file of a token that only reads. Empty (default): there is none.</summary>
    public string PageReadTokenFile { get; init; } = string.Empty;

    /// <summary>Names that the page has beside its address. Default: none.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];
}

/// <summary><c>ruby</c>: what runs handler scripts, and what a script may cost.</summary>
internal sealed record RubySection
{
    /// <summary><c>ruby</c> (default), <c>ironruby</c> or <c>jruby</c>: what is looked for on PATH where <see cref="Command"/> is empty.</summary>
    public string Engine { get; init; } = "ruby";

    /// <summary>The program's path; empty (default): the engine's, from PATH.</summary>
    public string Command { get; init; } = string.Empty;

    /// <summary>Worker processes: handlers that run at once. Default 2; 1 to 64.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Calls that wait for a worker; further ones fail. Default 256; 1 to 100,000.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>What a call may take, waiting included. Default 2 s; 10 ms to 5 m.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What a worker may allocate. Default 256 MB; 16 MB to 64 GB.</summary>
    public long MemoryBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Whether handlers may use gems: a slower start. Default false.</summary>
    public bool HasGems { get; init; }

    /// <summary>The user that handlers run as; empty (default): the server's.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>A worker is replaced after that many calls, between connections. Default 100,000; 1 to 1,000,000,000.</summary>
    public int MaxCalls { get; init; } = 100_000;

    /// <summary>When a handler fails and its rule does not say. Default tempfail, as the original.</summary>
    public OnError OnError { get; init; } = OnError.Tempfail;

    /// <summary>A script that runs once before the first connection; a failure stops the start. Empty: none.</summary>
    public string PostConfig { get; init; } = string.Empty;

    /// <summary>A script that runs once after the last connection. Empty: none.</summary>
    public string MasterExit { get; init; } = string.Empty;
}
