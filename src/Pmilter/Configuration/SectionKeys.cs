using Pmilter.Policies.Syntax;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>Keys of the sections of pmilter.yaml but <c>server</c>.</summary>
internal static class SectionKeys
{
    private const long Megabyte = 1024 * 1024;
    private static readonly DurationForm DayToYears = new(TimeSpan.FromDays(1), TimeSpan.FromDays(3660));

    public static (string Word, PolicyMode Value)[] Modes { get; } = [("enforce", PolicyMode.Enforce), ("monitor", PolicyMode.Monitor), ("off", PolicyMode.Off)];

    public static (string Word, OnError Value)[] OnErrors { get; } =
        [("continue", OnError.Continue), ("tempfail", OnError.Tempfail), ("reject", OnError.Reject), ("accept", OnError.Accept)];

    public static (string Word, bool IsShared)[] Stores { get; } = [("memory", false), ("redis", true)];

    public static (string Word, StateOnError Value)[] StateOnErrors { get; } =
        [("local", StateOnError.Local), ("continue", StateOnError.Continue), ("tempfail", StateOnError.Tempfail)];

    public static (string Word, LogVerbosity Value)[] Levels { get; } =
    [
        ("debug", LogVerbosity.Debug), ("info", LogVerbosity.Info), ("notice", LogVerbosity.Notice), ("warning", LogVerbosity.Warning), ("error", LogVerbosity.Error),
    ];

    public static (string Word, bool IsJson)[] Formats { get; } = [("text", false), ("json", true)];

    public static (string Word, string Value)[] Engines { get; } = [("ruby", "ruby"), ("ironruby", "ironruby"), ("jruby", "jruby")];

    public static KeyTable Policies { get; } = new(
        "policies",
        new KeyEntry("dir", new TextForm("path"), "Folder of the *.yaml files, read in ordinal order.") { Default = "policies" },
        new KeyEntry("mode", new MapForm(ChoiceForm.Of(Modes), HasAnyKey: true), "Policy name → mode, 'default' for the rest; the weakest of this, the file's and the rule's counts. Left out: each file's own.") { Default = "{}" },
        new KeyEntry("watch", new BoolForm(), "Whether changed policy files are loaded by themselves, once they have been at rest for two seconds; else by SIGHUP and 'pmilter reload' only.") { Default = "true" },
        new KeyEntry("reload_test", new BoolForm(), "Whether the policies' own tests must pass before a reload takes effect.") { Default = "false" },
        new KeyEntry("retain", DayToYears, "How long revisions are kept after they were in force, for rollback and explanations; no shorter than log.decisions_keep.") { Default = "180d" });

    public static KeyTable Geoip { get; } = new(
        "geoip",
        new KeyEntry("country", new TextForm("path"), "An .mmdb file of countries; '': every country is ZZ.") { Default = "geoip/country.mmdb" },
        new KeyEntry("asn", new TextForm("path"), "An .mmdb file of autonomous systems; '': every ASN is 0.") { Default = "''" },
        new KeyEntry("warn_after", DayToYears, "Data that are older are warned about.") { Default = "90d" });

    public static KeyTable State { get; } = new(
        "state",
        new KeyEntry("dir", new TextForm("path"), "Where state is kept over a restart; '': it ends with the process.") { Default = "state" },
        new KeyEntry("store", ChoiceForm.Of(Stores), "In this process, or shared with other servers through Redis or Valkey.") { Default = "memory" },
        new KeyEntry("snapshot_every", new DurationForm(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), "How much is lost at most when the process or the machine dies.") { Default = "10s" },
        new KeyEntry("redis", new TextForm("address: 127.0.0.1:6379"), "Of store: redis: host:port, several with commas, or unix:/path; StackExchange.Redis's options may follow.") { Default = "''" },
        new KeyEntry("prefix", new TextForm("word"), "Every key in Redis begins with it and a colon; servers that share limits share it.") { Default = "pmilter" },
        new KeyEntry("budget", new DurationForm(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5)), "What a shared store may take an event.") { Default = "20ms" },
        new KeyEntry("on_error", ChoiceForm.Of(StateOnErrors), "When the shared store fails: this server's own counters, or the rule does not match, or tempfail.") { Default = "local" });

    public static KeyTable Dns { get; } = new(
        "dns",
        new KeyEntry("servers", new ListForm(new TextForm("address: 127.0.0.1, or 127.0.0.1:5353")), "Resolvers, in the order in which they are asked, three at most; []: those of /etc/resolv.conf. DNS lists want one of your own.") { Default = "[]" },
        new KeyEntry("timeout", new DurationForm(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1)), "What a question may take, a second attempt included; below server.event_deadline.") { Default = "2s" },
        new KeyEntry("concurrency", new IntegerForm(1, 10_000), "Questions under way at once; further ones fail.") { Default = "256" },
        new KeyEntry("cache", new IntegerForm(100, 10_000_000), "Answers that are kept; the least recently used go first.") { Default = "50000" },
        new KeyEntry("max_ttl", new DurationForm(TimeSpan.FromSeconds(5), TimeSpan.FromDays(7)), "Answers are kept as long as they say, and at most that long.") { Default = "1h" },
        new KeyEntry("max_negative_ttl", new DurationForm(TimeSpan.FromSeconds(5), TimeSpan.FromDays(1)), "The same for names and records that do not exist.") { Default = "15m" },
        new KeyEntry("max_failures", new IntegerForm(1, 1000), "After so many failures in a row a DNS list, or the DNS at all, is left alone for a while.") { Default = "5" },
        new KeyEntry("rest", new DurationForm(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), "How long; then one question tries. A failure is also kept that long.") { Default = "10s" });

    public static KeyTable Content { get; } = new(
        "content",
        new KeyEntry("body_limit", new SizeForm(0, 64 * Megabyte), "How much of a message's decoded texts body_contains() and body_matches() look at.") { Default = "256kB" },
        new KeyEntry("max_parts", new IntegerForm(1, 10_000), "How many parts of a message are looked at; beyond a limit, questions that were not answered yes fail.") { Default = "200" },
        new KeyEntry("max_depth", new IntegerForm(1, 100), "How many multiparts and messages within each other are looked into.") { Default = "20" },
        new KeyEntry("rewrite_limit", new SizeForm(1024, 256 * Megabyte), "Bodies up to that size are kept whole, each in memory, where a rule adds text to them.") { Default = "10MB" },
        new KeyEntry("headers_limit", new SizeForm(1024, 64 * Megabyte), "How much of the header fields' values is kept; in a message's parts, and for names in its archives, so much is looked at.") { Default = "1MB" });

    public static KeyTable Auth { get; } = new(
        "auth",
        new KeyEntry("trusted", new ListForm(new TextForm("authserv-id")), "Names of the servers whose Authentication-Results fields are believed; all others are as good as none.") { Default = "[]" },
        new KeyEntry("check", new BoolForm(), "Whether Pmilter checks SPF, DKIM and DMARC itself and writes the results into the message.") { Default = "false" },
        new KeyEntry("name", new TextForm("authserv-id"), "The name under which it writes them; '': the MTA's own.") { Default = "''" });

    public static KeyTable Log { get; } = new(
        "log",
        new KeyEntry("level", ChoiceForm.Of(Levels), "notice: refusals, and what monitor rules would have done.") { Default = "notice" },
        new KeyEntry("format", ChoiceForm.Of(Formats), "Lines of text, or of JSON.") { Default = "text" },
        new KeyEntry("file", new TextForm("path"), "'': standard error.") { Default = "''" },
        new KeyEntry("decisions", new TextForm("path"), "The decision log, a file a day; '': none.") { Default = "''" },
        new KeyEntry("decisions_keep", DayToYears, "How long decision logs are kept.") { Default = "30d" },
        new KeyEntry("hash", new BoolForm(), "Whether addresses and subjects in the decision log are hashed.") { Default = "false" });

    public static KeyTable Ruby { get; } = new(
        "ruby",
        new KeyEntry("engine", ChoiceForm.Of(Engines), "What is looked for on PATH where command is empty.") { Default = "ruby" },
        new KeyEntry("command", new TextForm("path"), "The program; '': the engine's, from PATH.") { Default = "''" },
        new KeyEntry("workers", new IntegerForm(1, 64), "Worker processes: handlers that run at once.") { Default = "2" },
        new KeyEntry("queue", new IntegerForm(1, 100_000), "Calls that wait for a worker; further ones fail.") { Default = "256" },
        new KeyEntry("timeout", new DurationForm(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5)), "What a call may take, waiting included.") { Default = "2s" },
        new KeyEntry("memory", new SizeForm(16 * Megabyte, 64 * 1024 * Megabyte), "What a worker may allocate.") { Default = "256MB" },
        new KeyEntry("gems", new BoolForm(), "Whether handlers may use gems: a slower start.") { Default = "false" },
        new KeyEntry("user", new TextForm("user"), "The user that handlers run as; '': the server's.") { Default = "''" },
        new KeyEntry("max_calls", new IntegerForm(1, 1_000_000_000), "A worker is replaced after that many calls, between connections.") { Default = "100000" },
        new KeyEntry("on_error", ChoiceForm.Of(OnErrors), "When a handler fails and its rule does not say.") { Default = "tempfail" },
        new KeyEntry("postconfig", new TextForm("path"), "A script that runs once before the first connection; a failure stops the start. '': none.") { Default = "''" },
        new KeyEntry("master_exit", new TextForm("path"), "A script that runs once after the last connection. '': none.") { Default = "''" });

    public static KeyTable AdminSocket { get; } = new(
        "an admin socket",
        new KeyEntry("at", new TextForm("path"), "Where it is, in a folder that its group may enter."),
        new KeyEntry("mode", new TextForm("file mode: '0660'", "^0?[0-7]{3}$"), "Its permissions: who may write to it may use it. Left out: '0660' with a group, else '0600'."),
        new KeyEntry("group", new TextForm("group"), "Its group; left out: the server's."));

    public static KeyTable Admin { get; } = new(
        "admin",
        new KeyEntry("socket", new EitherForm(new TextForm("path"), new TableForm(AdminSocket)), "A Unix socket that does everything, for the server's user alone unless its mode and group say otherwise; '': none.") { Default = "state/admin.sock" },
        new KeyEntry("read_socket", new EitherForm(new TextForm("path"), new TableForm(AdminSocket)), "A further one that tells everything and changes nothing, for the help desk; '': none.") { Default = "''" },
        new KeyEntry("listen", new TextForm("address"), "Where /metrics, /healthz and /readyz and the admin page are served over HTTP: 127.0.0.1:8896; '': nowhere but at the socket.") { Default = "''" },
        new KeyEntry("token_file", new TextForm("path"), "A file with a token of 16 characters or more that requests for metrics and health must bring (Authorization: Bearer); needed beyond loopback.") { Default = "''" },
        new KeyEntry("page", new BoolForm(), "Whether the admin page is served at listen; left out: on loopback it is, beyond it is not."),
        new KeyEntry("page_token_file", new TextForm("path"), "The file of the page's own token; it is made where there is none. Left out: page.token in state.dir.") { Default = "''" },
        new KeyEntry("page_read_token_file", new TextForm("path"), "The file of a token with which the page shows everything and changes nothing; it is made where there is none. '': there is no such token.") { Default = "''" },
        new KeyEntry("hosts", new ListForm(new TextForm("name")), "Names under which the page may be asked for beside its address: those of a proxy before it.") { Default = "[]" });
}
