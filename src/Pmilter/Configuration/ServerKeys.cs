using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>Keys of pmilter.yaml and of its section <c>server</c>; those of the other sections stand in <see cref="SectionKeys"/>.</summary>
internal static class ServerKeys
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TextForm Address = new("address: inet:127.0.0.1:8895", "^(inet6?|unix|local|systemd):.+$");

    public static KeyTable Listener { get; } = new(
        "a listener",
        new KeyEntry("name", new TextForm(), "Read by the field listener; the address where it is left out."),
        new KeyEntry("at", Address, "Where MTAs connect.") { IsRequired = true },
        new KeyEntry("mode", new TextForm("file mode: '0660'", "^0?[0-7]{3}$"), "Permissions of a Unix socket; left out: the umask's."),
        new KeyEntry("group", new TextForm("group"), "Group of a Unix socket; left out: the server's."));

    public static KeyTable Replies { get; } = new(
        "replies",
        new KeyEntry("tempfail", Reply('4'), "Of tempfail steps without a text.") { Default = "'4.7.1 Please try again later'" },
        new KeyEntry("reject", Reply('5'), "Of reject steps without a text.") { Default = "'5.7.1 Rejected by policy'" },
        new KeyEntry("greylist", Reply('4'), "Of greylist steps without one of their own.") { Default = "'4.7.1 Greylisted, try again in {retry_after}'" });

    public static KeyTable Server { get; } = new(
        "server",
        new KeyEntry("listen", new ListForm(new EitherForm(Address, new TableForm(Listener)), Least: 1), "Where MTAs connect: inet:HOST:PORT, inet:PORT@HOST, unix:PATH, or systemd:NAME for sockets that a socket unit of that name passes.") { Default = "['inet:127.0.0.1:8895']" },
        new KeyEntry("allow", new ListForm(new TextForm("network")), "Who may connect over TCP; a listener beyond this machine needs it.") { Default = "[127.0.0.0/8, '::1']" },
        new KeyEntry("idle_timeout", new DurationForm(TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)), "A connection that says nothing for that long is closed; the default is libmilter's own.") { Default = "7210s" },
        new KeyEntry("event_deadline", new DurationForm(Shortest, TimeSpan.FromMinutes(5)), "An event is answered within it; the default is below Sendmail's 10 s.") { Default = "8s" },
        new KeyEntry("eom_deadline", new DurationForm(Shortest, TimeSpan.FromMinutes(30)), "The end of a message is answered within it, with progress every 5 s.") { Default = "60s" },
        new KeyEntry("drain", new DurationForm(TimeSpan.Zero, TimeSpan.FromMinutes(10)), "At shutdown, messages under way may take that long.") { Default = "30s" },
        new KeyEntry("max_connections", new IntegerForm(1, 1_000_000), "Further connections wait in the backlog.") { Default = "10000" },
        new KeyEntry("max_delayed", new IntegerForm(0, 100_000), "Sessions that delay: steps hold up at a time.") { Default = "20" },
        new KeyEntry("zone", new TextForm("time zone: Asia/Tokyo"), "For schedules, hour and weekday.") { Default = "UTC" },
        new KeyEntry("on_error", ChoiceForm.Of(SectionKeys.OnErrors), "When a look-up or Pmilter itself fails and the rule does not say.") { Default = "continue" },
        new KeyEntry("replies", new TableForm(Replies), "Texts of verdicts that have none; an enhanced status code leads."));

    /// <summary>The sections that the file may have.</summary>
    public static KeyTable File { get; } = new(
        "pmilter.yaml",
        new KeyEntry("server", new TableForm(Server), "Sockets, deadlines, and what is said when something fails."),
        new KeyEntry("policies", new TableForm(SectionKeys.Policies), "Where the policies are, and how strong."),
        new KeyEntry("geoip", new TableForm(SectionKeys.Geoip), "Country and AS data."),
        new KeyEntry("state", new TableForm(SectionKeys.State), "Counters, holds, bans, memories and greylists."),
        new KeyEntry("dns", new TableForm(SectionKeys.Dns), "Whom look-ups ask, and what that may cost."),
        new KeyEntry("content", new TableForm(SectionKeys.Content), "How much of a message is kept for rules."),
        new KeyEntry("notify", new MapForm(new TableForm(NotifyKeys.Target)), "Targets of notify: steps, by name: a webhook, a mail address, or both."),
        new KeyEntry("log", new TableForm(SectionKeys.Log), "What is logged, and where."),
        new KeyEntry("traces", new TableForm(TracesReader.Keys), "Sends messages as OpenTelemetry spans to a collector; left out: none."),
        new KeyEntry("ruby", new TableForm(SectionKeys.Ruby), "What runs handler scripts, and what a script may cost."),
        new KeyEntry("admin", new TableForm(SectionKeys.Admin), "How pmilter counters, bans and the like reach the running server."),
        new KeyEntry("protect", new TableForm(ProtectReader.Keys), "Parties that no rule refuses, holds, bans or greylists unless it says protected: include."),
        new KeyEntry("fuse", new TableForm(FuseReader.Keys), "Puts a rule in monitor that refuses too much."),
        new KeyEntry("auth", new TableForm(SectionKeys.Auth), "Whose authentication results are believed."));

    private static TextForm Reply(char first) => new($"text, {first}.x.y first", $@"^{first}\.[0-9]{{1,3}}\.[0-9]{{1,3}} ");
}
