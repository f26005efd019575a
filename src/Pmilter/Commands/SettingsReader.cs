using Pmilter.Configuration;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Transports;
using Pmilter.Server;
using Pmilter.Web;

namespace Pmilter.Commands;

/// <summary>From pmilter.yaml to what the server runs with. Paths in it are relative to it.</summary>
internal static class SettingsReader
{
    /// <summary>With errors among the diagnostics the result is for showing only.</summary>
    /// <exception cref="ServerStartException">The file cannot be read.</exception>
    public static ServerSettings Read(string path, DiagnosticBag diagnostics)
    {
        var source = Open(path, diagnostics);
        if (OriginalFile.IsOriginal(path))
        {
            return OriginalFile.Read(source, diagnostics);
        }

        var configuration = ServerConfigurationReader.Read(source, diagnostics);
        var settings = Settings(configuration, Path.GetDirectoryName(Path.GetFullPath(path))!);
        var protection = ProtectReader.Open(configuration.Protect, new PolicyFiles(diagnostics), diagnostics);
        return settings with { Engine = settings.Engine with { Protection = protection }, Reload = settings.Reload with { Configuration = Path.GetFullPath(path) } };
    }

    /// <summary>Reads <c>policies.mode</c> again, for a reload; null where the file has none: the original's pmilter.conf.</summary>
    public static Func<DiagnosticBag, IReadOnlyDictionary<string, PolicyMode>>? ModesOf(string path) =>
        OriginalFile.IsOriginal(path) ? null : diagnostics => ServerConfigurationReader.Read(Open(path, diagnostics), diagnostics).Policies.Mode;

    /// <param name="folder">What paths are relative to.</param>
    public static ServerSettings Settings(ServerConfiguration configuration, string folder)
    {
        var server = configuration.Server;
        return new ServerSettings
        {
            Listen = [.. server.Listen.Select(Listen)],
            Allow = server.Allow,
            Session = Session(server),
            Drain = server.Drain,
            MaxConnections = server.MaxConnections,
            MaxDelayed = server.MaxDelayed,
            Engine = Engine(configuration),
            Policies = Path.Combine(folder, configuration.Policies.Dir),
            Modes = configuration.Policies.Mode,
            Fuse = configuration.Fuse,
            Traces = configuration.Traces,
            TrustedAuthServers = configuration.TrustedAuthServers,
            Authentication = configuration.Authentication,
            Reload = new ReloadSettings
            {
                IsWatched = configuration.Policies.IsWatched,
                IsTested = configuration.Policies.IsTested,
                Retain = configuration.Policies.Retain,
            },
            Geo = new GeoSettings(Below(folder, configuration.Geoip.Country), Below(folder, configuration.Geoip.Asn), configuration.Geoip.WarnAfter),
            State = State(folder, configuration.State),
            Dns = configuration.Dns,
            Ruby = configuration.Ruby with
            {
                PostConfig = Below(folder, configuration.Ruby.PostConfig),
                MasterExit = Below(folder, configuration.Ruby.MasterExit),
            },
            Notify = configuration.Notify.ToDictionary(target => target.Key, target => target.Value with { SecretFile = Below(folder, target.Value.SecretFile) }, StringComparer.Ordinal),
            AdminSocket = Below(folder, configuration.Admin.Socket.Path),
            AdminAccess = Access(configuration.Admin.Socket),
            ReadSocket = Below(folder, configuration.Admin.ReadSocket.Path),
            ReadAccess = Access(configuration.Admin.ReadSocket),
            AdminListen = configuration.Admin.Listen,
            AdminTokenFile = Below(folder, configuration.Admin.TokenFile),
            Page = Page(folder, configuration),
            Log = Log(folder, configuration),
        };
    }

    private static SocketAccess Access(AdminSocketOptions socket) => new(socket.Mode, socket.Group);

    private static PageSettings? Page(string folder, ServerConfiguration configuration)
    {
        var admin = configuration.Admin;
        var beside = configuration.State.Dir is { Length: > 0 } dir ? Path.Combine(dir, "page.token") : string.Empty;
        return admin.HasPage ? new PageSettings(Below(folder, admin.PageTokenFile.Length > 0 ? admin.PageTokenFile : beside), admin.Hosts) { ReadTokenFile = Below(folder, admin.PageReadTokenFile) } : null;
    }

    private static SourceText Open(string path, DiagnosticBag diagnostics)
    {
        try
        {
            return SourceText.Decode(path, File.ReadAllBytes(path), diagnostics);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read the configuration {path}: {error.Message}", error);
        }
    }

    private static ListenSettings Listen(ListenerOptions written) => new(
        written.Name.Length > 0 ? written.Name : written.Address.Text, Address(written.Address), written.Mode, written.Group)
    {
        Inherited = written.Address.Inherited,
    };

    private static MilterAddress? Address(ListenAddress written) =>
        written.Inherited.Length > 0 ? null
        : written.IsUnix ? new MilterAddress(MilterAddressKind.Unix, written.Path, 0)
        : new MilterAddress(
            written.Text.StartsWith("inet6:", StringComparison.Ordinal) ? MilterAddressKind.Inet6 : MilterAddressKind.Inet,
            written.Host.Length > 0 ? written.Host : "*",
            written.Port);

    private static SessionOptions Session(Configuration.ServerOptions server) => new()
    {
        Id = string.Empty,
        IdleTimeout = server.IdleTimeout,
        EventDeadline = server.EventDeadline,
        EndOfMessageDeadline = server.EomDeadline,
        FailureVerdict = Failure(server.OnError),
    };

    private static EngineOptions Engine(ServerConfiguration configuration) => new()
    {
        Zone = configuration.Server.Zone,
        OnError = configuration.Server.OnError,
        StateOnError = configuration.State.OnError switch
        {
            StateOnError.Continue => OnError.Continue,
            StateOnError.Tempfail => OnError.Tempfail,
            _ => null,
        },
        TempfailReply = configuration.Server.Replies.Tempfail,
        GreylistReply = configuration.Server.Replies.Greylist,
        RejectReply = configuration.Server.Replies.Reject,
        HeadersLimitBytes = configuration.Content.HeadersLimitBytes,
        Content = new ContentLimits
        {
            TextBytes = configuration.Content.BodyLimitBytes,
            Parts = configuration.Content.MaxParts,
            Depth = configuration.Content.MaxDepth,
            HeaderBytes = configuration.Content.HeadersLimitBytes,
        },
        RewriteLimitBytes = configuration.Content.RewriteLimitBytes,

        // The rest is for the rule's own answer.
        LookupBudget = configuration.Server.EventDeadline * 0.75,
    };

    private static LogSettings Log(string folder, ServerConfiguration configuration)
    {
        var log = configuration.Log;
        return new LogSettings(log.Level.ToString().ToLowerInvariant(), log.IsJson, Below(folder, log.File))
        {
            Decisions = Below(folder, log.Decisions),
            DecisionsKept = log.DecisionsKept,
            HashKey = log.HasHashes ? Path.Combine(Below(folder, configuration.State.Dir is { Length: > 0 } dir ? dir : "."), "hash.key") : string.Empty,
        };
    }

    private static StateSettings State(string folder, StateOptions state) => new()
    {
        Folder = Below(folder, state.Dir),
        SnapshotEvery = state.SnapshotEvery,
        Redis = state.IsShared ? state.Redis : string.Empty,
        Prefix = state.Prefix,
        Budget = state.Budget,
        GoesOnLocally = state.OnError == StateOnError.Local,
    };

    private static Verdict Failure(OnError onError) => onError switch
    {
        OnError.Tempfail => Verdict.Tempfail(),
        OnError.Reject => Verdict.Reject(),
        OnError.Accept => Verdict.Accept,
        _ => Verdict.Continue,
    };

    private static string Below(string folder, string path) => path.Length > 0 ? Path.Combine(folder, path) : string.Empty;
}
