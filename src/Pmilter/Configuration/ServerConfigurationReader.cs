using System.Collections.Immutable;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads pmilter.yaml; everything wrong is reported at once, and what is wrong keeps its default. Opens nothing.</summary>
internal static class ServerConfigurationReader
{
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

        var file = new MappingReader(mapping, ServerKeys.File, diagnostics);
        var server = ReadServer(Section(file, "server"), diagnostics);
        var auth = AuthReader.Read(Section(file, "auth"), diagnostics);
        var notify = NotifyReader.Read(file.Nested("notify", "names and targets: { oncall: { mail: postmaster } }"), diagnostics);
        var state = ReadState(Section(file, "state"), diagnostics);
        return new ServerConfiguration
        {
            Server = server,
            Policies = ReadPolicies(Section(file, "policies"), diagnostics),
            Protect = ProtectReader.Read(Section(file, "protect"), diagnostics),
            Geoip = ReadGeo(Section(file, "geoip"), diagnostics),
            State = state,
            Dns = DnsReader.Read(Section(file, "dns"), server.EventDeadline, diagnostics),
            Content = ReadContent(Section(file, "content"), diagnostics),
            Notify = notify,
            Fuse = FuseReader.Read(Section(file, "fuse"), [.. notify.Keys], diagnostics),
            TrustedAuthServers = auth.Trusted,
            Authentication = auth.Check,
            Log = ReadLog(Section(file, "log"), diagnostics),
            Traces = TracesReader.Read(Section(file, "traces"), diagnostics),
            Ruby = RubyReader.Read(Section(file, "ruby"), diagnostics),
            Admin = AdminReader.Read(Section(file, "admin"), state.Dir, diagnostics),
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

        var server = new MappingReader(mapping, ServerKeys.Server, diagnostics);
        var listen = ListenReader.ReadListen(server);
        var allow = ListenReader.ReadAllow(server);
        ListenReader.CheckReach(listen, allow, server);
        return standard with
        {
            Listen = listen,
            Allow = allow,
            IdleTimeout = server.Duration("idle_timeout")?.Value ?? standard.IdleTimeout,
            EventDeadline = server.Duration("event_deadline")?.Value ?? standard.EventDeadline,
            EomDeadline = server.Duration("eom_deadline")?.Value ?? standard.EomDeadline,
            Drain = server.Duration("drain")?.Value ?? standard.Drain,
            MaxConnections = server.Integer("max_connections") ?? standard.MaxConnections,
            MaxDelayed = server.Integer("max_delayed") ?? standard.MaxDelayed,
            Zone = ReadZone(server),
            OnError = server.Choice("on_error", SectionKeys.OnErrors)?.Value ?? standard.OnError,
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

        var replies = new MappingReader(mapping, ServerKeys.Replies, server.Diagnostics);
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

        var policies = new MappingReader(mapping, SectionKeys.Policies, diagnostics);
        var modes = ImmutableDictionary.CreateBuilder<string, PolicyMode>(StringComparer.Ordinal);
        foreach (var entry in policies.Nested("mode", "policy names and modes: { bulk: monitor, default: enforce }")?.Entries ?? [])
        {
            if (entry.Value is not YamlScalar scalar)
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "a collection", "enforce, monitor or off"));
            }
            else if (ValueReader.Choice(entry.Key.Value, scalar, SectionKeys.Modes, diagnostics) is { } mode)
            {
                modes[entry.Key.Value] = mode.Value;
            }
        }

        return new PolicyOptions
        {
            Dir = policies.Text("dir")?.Value ?? standard.Dir,
            Mode = modes.ToImmutable(),
            IsWatched = policies.Bool("watch") ?? standard.IsWatched,
            IsTested = policies.Bool("reload_test") ?? standard.IsTested,
            Retain = policies.Duration("retain")?.Value ?? standard.Retain,
        };
    }

    private static GeoOptions ReadGeo(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new GeoOptions();
        if (mapping is null)
        {
            return standard;
        }

        var geo = new MappingReader(mapping, SectionKeys.Geoip, diagnostics);
        return new GeoOptions
        {
            Country = geo.Text("country")?.Value ?? standard.Country,
            Asn = geo.Text("asn")?.Value ?? standard.Asn,
            WarnAfter = geo.Duration("warn_after")?.Value ?? standard.WarnAfter,
        };
    }

    private static StateOptions ReadState(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new StateOptions();
        if (mapping is null)
        {
            return standard;
        }

        var state = new MappingReader(mapping, SectionKeys.State, diagnostics);
        var store = state.Choice("store", SectionKeys.Stores);
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
            SnapshotEvery = state.Duration("snapshot_every")?.Value ?? standard.SnapshotEvery,
            IsShared = store?.Value ?? standard.IsShared,
            Redis = redis?.Value ?? standard.Redis,
            Prefix = state.Text("prefix")?.Value ?? standard.Prefix,
            Budget = state.Duration("budget")?.Value ?? standard.Budget,
            OnError = state.Choice("on_error", SectionKeys.StateOnErrors)?.Value ?? standard.OnError,
        };
    }

    private static ContentOptions ReadContent(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new ContentOptions();
        if (mapping is null)
        {
            return standard;
        }

        var content = new MappingReader(mapping, SectionKeys.Content, diagnostics);
        return new ContentOptions
        {
            BodyLimitBytes = content.Size("body_limit") ?? standard.BodyLimitBytes,
            MaxParts = content.Integer("max_parts") ?? standard.MaxParts,
            MaxDepth = content.Integer("max_depth") ?? standard.MaxDepth,
            HeadersLimitBytes = content.Size("headers_limit") ?? standard.HeadersLimitBytes,
            RewriteLimitBytes = content.Size("rewrite_limit") ?? standard.RewriteLimitBytes,
        };
    }

    private static LogOptions ReadLog(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new LogOptions();
        if (mapping is null)
        {
            return standard;
        }

        var log = new MappingReader(mapping, SectionKeys.Log, diagnostics);
        return new LogOptions
        {
            Level = log.Choice("level", SectionKeys.Levels)?.Value ?? standard.Level,
            IsJson = log.Choice("format", SectionKeys.Formats)?.Value ?? standard.IsJson,
            File = log.Text("file")?.Value ?? standard.File,
            Decisions = log.Text("decisions")?.Value ?? standard.Decisions,
            DecisionsKept = log.Duration("decisions_keep")?.Value ?? standard.DecisionsKept,
            HasHashes = log.Choice("hash", [("true", true), ("false", false)])?.Value ?? standard.HasHashes,
        };
    }
}
