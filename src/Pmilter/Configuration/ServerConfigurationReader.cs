using System.Collections.Immutable;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads pmilter.yaml; everything wrong is reported at once, and what is wrong keeps its default. Opens nothing.</summary>
internal static class ServerConfigurationReader
{
    private static readonly (string Word, PolicyMode Value)[] Modes = [("enforce", PolicyMode.Enforce), ("monitor", PolicyMode.Monitor), ("off", PolicyMode.Off)];

    private static readonly (string Word, OnError Value)[] OnErrors =
        [("continue", OnError.Continue), ("tempfail", OnError.Tempfail), ("reject", OnError.Reject), ("accept", OnError.Accept)];

    /// <summary>With errors in the bag the result is for showing only.</summary>
    public static ServerConfiguration Read(SourceText source, DiagnosticBag diagnostics)
    {
        var root = YamlReader.Read(source, diagnostics);
        if (root is not YamlMapping mapping)
        {
            if (root is not null)
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(root.Span, "the file", "not a mapping", "sections such as server: and policies:"));
            }

            return new ServerConfiguration();
        }

        string[] keys = ["server", "policies", "geoip", "state", "content", "notify", "log", "ruby", "admin", .. LaterSections.Names];
        var file = new MappingReader(mapping, "pmilter.yaml", keys, diagnostics);
        foreach (var name in LaterSections.Names)
        {
            if (Section(file, name) is { } later)
            {
                LaterSections.Check(name, later, diagnostics);
            }
        }

        LaterSections.Check(file, "notify", "notify", string.Empty, isSafety: false);
        return new ServerConfiguration
        {
            Server = ReadServer(Section(file, "server"), diagnostics),
            Policies = ReadPolicies(Section(file, "policies"), diagnostics),
            Geoip = ReadGeo(Section(file, "geoip"), diagnostics),
            State = ReadState(Section(file, "state"), diagnostics),
            Content = ReadContent(Section(file, "content"), diagnostics),
            Log = ReadLog(Section(file, "log"), diagnostics),
            Ruby = RubyReader.Read(Section(file, "ruby"), OnErrors, diagnostics),
            Admin = ReadAdmin(Section(file, "admin"), diagnostics),
        };
    }

    private static YamlMapping? Section(MappingReader file, string name) => file.Nested(name, "keys and values");

    private static ServerOptions ReadServer(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new ServerOptions();
        if (mapping is null)
        {
            return standard;
        }

        string[] keys =
            ["listen", "allow", "idle_timeout", "event_deadline", "eom_deadline", "drain", "max_connections", "max_delayed", "zone", "on_error", "replies"];
        var server = new MappingReader(mapping, "server", keys, diagnostics);
        var listen = ListenReader.ReadListen(server);
        var allow = ListenReader.ReadAllow(server);
        ListenReader.CheckReach(listen, allow, server);
        var shortest = TimeSpan.FromMilliseconds(100);
        return standard with
        {
            Listen = listen,
            Allow = allow,
            IdleTimeout = server.Duration("idle_timeout", TimeSpan.FromSeconds(10), TimeSpan.FromDays(1))?.Value ?? standard.IdleTimeout,
            EventDeadline = server.Duration("event_deadline", shortest, TimeSpan.FromMinutes(5))?.Value ?? standard.EventDeadline,
            EomDeadline = server.Duration("eom_deadline", shortest, TimeSpan.FromMinutes(30))?.Value ?? standard.EomDeadline,
            Drain = server.Duration("drain", TimeSpan.Zero, TimeSpan.FromMinutes(10))?.Value ?? standard.Drain,
            MaxConnections = server.Integer("max_connections", 1, 1_000_000) ?? standard.MaxConnections,
            MaxDelayed = server.Integer("max_delayed", 0, 100_000) ?? standard.MaxDelayed,
            Zone = ReadZone(server),
            OnError = server.Choice("on_error", OnErrors)?.Value ?? standard.OnError,
            Replies = ReadReplies(server),
        };
    }

    private static TimeZoneInfo ReadZone(MappingReader server)
    {
        if (server.Scalar("zone", "a time zone") is not { } scalar)
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(scalar.Value, out var zone))
        {
            return zone;
        }

        server.Diagnostics.Add(ConfigurationDiagnostics.UnknownZone(scalar.Span, scalar.Value));
        return TimeZoneInfo.Utc;
    }

    private static ReplyOptions ReadReplies(MappingReader server)
    {
        var standard = new ReplyOptions();
        if (server.Nested("replies", "{ tempfail, reject, greylist }") is not { } mapping)
        {
            return standard;
        }

        var replies = new MappingReader(mapping, "replies", ["tempfail", "reject", "greylist"], server.Diagnostics);
        return new ReplyOptions
        {
            Tempfail = ReadReply(replies, "tempfail", '4') ?? standard.Tempfail,
            Reject = ReadReply(replies, "reject", '5') ?? standard.Reject,
            Greylist = ReadReply(replies, "greylist", '4') ?? standard.Greylist,
        };
    }

    private static string? ReadReply(MappingReader replies, string key, char first)
    {
        if (replies.Text(key) is not { } text)
        {
            return null;
        }

        var code = text.Value.Split(' ')[0].Split('.');
        var isCode = code.Length == 3 && code[0] == first.ToString() && code.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit));
        if (!isCode || !text.Value.Contains(' ', StringComparison.Ordinal))
        {
            replies.Diagnostics.Add(ConfigurationDiagnostics.BadReply(text.Span, text.Value, first));
        }

        return text.Value;
    }

    private static PolicyOptions ReadPolicies(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new PolicyOptions();
        if (mapping is null)
        {
            return standard;
        }

        var policies = new MappingReader(mapping, "policies", ["dir", "mode", "reload_test"], diagnostics);
        LaterSections.Check(policies, "policies.reload_test", "reload_test", "false", isSafety: true);
        var modes = ImmutableDictionary.CreateBuilder<string, PolicyMode>(StringComparer.Ordinal);
        foreach (var entry in policies.Nested("mode", "policy names and modes: { bulk: monitor, default: enforce }")?.Entries ?? [])
        {
            if (entry.Value is not YamlScalar scalar)
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "a collection", "enforce, monitor or off"));
            }
            else if (ValueReader.Choice(entry.Key.Value, scalar, Modes, diagnostics) is { } mode)
            {
                modes[entry.Key.Value] = mode.Value;
            }
        }

        return new PolicyOptions { Dir = policies.Text("dir")?.Value ?? standard.Dir, Mode = modes.ToImmutable() };
    }

    private static GeoOptions ReadGeo(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new GeoOptions();
        if (mapping is null)
        {
            return standard;
        }

        var geo = new MappingReader(mapping, "geoip", ["country", "asn", "warn_after"], diagnostics);
        return new GeoOptions
        {
            Country = geo.Text("country")?.Value ?? standard.Country,
            Asn = geo.Text("asn")?.Value ?? standard.Asn,
            WarnAfter = geo.Duration("warn_after", TimeSpan.FromDays(1), TimeSpan.FromDays(3660))?.Value ?? standard.WarnAfter,
        };
    }

    private static StateOptions ReadState(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new StateOptions();
        if (mapping is null)
        {
            return standard;
        }

        var state = new MappingReader(mapping, "state", ["dir", "store", "snapshot_every", "redis", "prefix", "budget", "on_error"], diagnostics);
        var store = state.Choice("store", [("memory", false), ("redis", true)]);
        var redis = state.Text("redis");
        if (store is { Value: true } && string.IsNullOrEmpty(redis?.Value))
        {
            diagnostics.Add(ConfigurationDiagnostics.NoRedis(store.Span));
        }

        if (store is not { Value: true } && redis is { Value.Length: > 0 })
        {
            diagnostics.Add(ConfigurationDiagnostics.RedisUnused(redis.Span));
        }

        return new StateOptions
        {
            Dir = state.Text("dir")?.Value ?? standard.Dir,
            SnapshotEvery = state.Duration("snapshot_every", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))?.Value ?? standard.SnapshotEvery,
            IsShared = store?.Value ?? standard.IsShared,
            Redis = redis?.Value ?? standard.Redis,
            Prefix = state.Text("prefix")?.Value ?? standard.Prefix,
            Budget = state.Duration("budget", TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5))?.Value ?? standard.Budget,
            OnError = state.Choice("on_error", [("local", StateOnError.Local), ("continue", StateOnError.Continue), ("tempfail", StateOnError.Tempfail)])?.Value ?? standard.OnError,
        };
    }

    private static AdminOptions ReadAdmin(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new AdminOptions();
        if (mapping is null)
        {
            return standard;
        }

        var admin = new MappingReader(mapping, "admin", ["socket", "listen", "token_file"], diagnostics);
        LaterSections.Check(admin, "admin.listen", "listen", string.Empty, isSafety: false);
        LaterSections.Check(admin, "admin.token_file", "token_file", string.Empty, isSafety: false);
        return new AdminOptions { Socket = admin.Text("socket")?.Value ?? standard.Socket };
    }

    private static ContentOptions ReadContent(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new ContentOptions();
        if (mapping is null)
        {
            return standard;
        }

        const long most = 64L * 1024 * 1024;
        var content = new MappingReader(mapping, "content", ["body_limit", "max_parts", "max_depth", "headers_limit"], diagnostics);
        LaterSections.Check(content, "content.max_parts", "max_parts", "200", isSafety: false);
        LaterSections.Check(content, "content.max_depth", "max_depth", "20", isSafety: false);
        return new ContentOptions
        {
            BodyLimitBytes = content.Size("body_limit", 0, most) ?? standard.BodyLimitBytes,
            HeadersLimitBytes = content.Size("headers_limit", 1024, most) ?? standard.HeadersLimitBytes,
        };
    }

    private static LogOptions ReadLog(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new LogOptions();
        if (mapping is null)
        {
            return standard;
        }

        var log = new MappingReader(mapping, "log", ["level", "format", "file", "decisions", "decisions_keep", "hash"], diagnostics);
        return new LogOptions
        {
            Level = log.Choice("level", Levels)?.Value ?? standard.Level,
            IsJson = log.Choice("format", [("text", false), ("json", true)])?.Value ?? standard.IsJson,
            File = log.Text("file")?.Value ?? standard.File,
            Decisions = log.Text("decisions")?.Value ?? standard.Decisions,
            DecisionsKept = log.Duration("decisions_keep", TimeSpan.FromDays(1), TimeSpan.FromDays(3660))?.Value ?? standard.DecisionsKept,
            HasHashes = log.Choice("hash", [("true", true), ("false", false)])?.Value ?? standard.HasHashes,
        };
    }

    private static readonly (string Word, LogVerbosity Value)[] Levels =
    [
        ("debug", LogVerbosity.Debug), ("info", LogVerbosity.Info), ("notice", LogVerbosity.Notice), ("warning", LogVerbosity.Warning), ("error", LogVerbosity.Error),
    ];
}
