using System.Collections.Immutable;
using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration.Original;

/// <summary>Reads the original's pmilter.conf. What it means here, and what the original made of its mistakes, are told; nothing is opened.</summary>
internal static class OriginalReader
{
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostTimeout = TimeSpan.FromDays(1);

    /// <summary>Our phase, the original's key.</summary>
    private static readonly (string Phase, string Key)[] Phases =
    [
        ("connect", Session("connect")), ("helo", Session("helo")), ("mail", Session("envfrom")), ("rcpt", Session("envrcpt")),
        ("data", Session("data")), ("header", Session("header")), ("eoh", Session("eoh")), ("body", Session("body")), ("eom", Session("eom")),
        ("unknown", Session("unknown")), ("abort", Session("abort")), ("close", Session("close")),
    ];

    private static readonly Dictionary<string, string> Levels = new(StringComparer.Ordinal)
    {
        ["emerg"] = "error",
        ["alert"] = "error",
        ["crit"] = "error",
        ["error"] = "error",
        ["warn"] = "warning",
        ["notice"] = "notice",
        ["info"] = "info",
        ["debug"] = "debug",
    };

    private static readonly Dictionary<string, string> NotNeeded = new(StringComparer.Ordinal)
    {
        ["server.listen_backlog"] = "the backlog is as long as the system allows",
        ["server.debug"] = "libmilter is not used; log.level: debug tells what happens",
        ["server.min_worker"] = "connections need no threads; ruby.workers says how many handlers run at once",
    };

    private const string PostConfigKey = "handler.config.mruby_postconfig_handler";
    private const string MasterExitKey = "handler.config.mruby_master_exit_handler";

    public static OriginalConfiguration Read(SourceText source, DiagnosticBag diagnostics)
    {
        var keys = new TomlKeys(source, diagnostics);
        ReportOthers(keys, diagnostics);
        var handlers = ReadHandlers(keys, diagnostics);
        return new OriginalConfiguration
        {
            Listen = ReadListen(keys, diagnostics),
            IdleTimeout = keys.Integer("server.timeout") is { } seconds ? Clamp(TimeSpan.FromSeconds(Math.Clamp(seconds.Value, 0, int.MaxValue))) : null,
            LogLevel = ReadLevel(keys, diagnostics),
            Handlers = handlers,
            PostConfig = keys.Text(PostConfigKey),
            MasterExit = keys.Text(MasterExitKey),
        };
    }

    private static string Session(string phase) => $"handler.session.mruby_{phase}_handler";

    private static TimeSpan Clamp(TimeSpan timeout) => timeout < LeastTimeout ? LeastTimeout : timeout > MostTimeout ? MostTimeout : timeout;

    private static ImmutableArray<OriginalHandler> ReadHandlers(TomlKeys keys, DiagnosticBag diagnostics)
    {
        var handlers = Phases
            .Select(phase => keys.Text(phase.Key) is { } path ? new OriginalHandler(phase.Phase, path) : null)
            .OfType<OriginalHandler>()
            .ToImmutableArray();
        if (keys.Truth("server.mruby_handler") is not { Value: false } off || handlers.IsEmpty)
        {
            return handlers;
        }

        diagnostics.Add(OriginalDiagnostics.HandlersOff(off.Span));
        return [];
    }

    private static string ReadLevel(TomlKeys keys, DiagnosticBag diagnostics)
    {
        if (keys.Text("server.log_level") is not { } level)
        {
            return "warning";
        }

        if (Levels.TryGetValue(level.Value, out var known))
        {
            return known;
        }

        diagnostics.Add(OriginalDiagnostics.UnknownLevel(level.Span, level.Value));
        return "warning";
    }

    private static string ReadListen(TomlKeys keys, DiagnosticBag diagnostics)
    {
        if (keys.Text("server.listen") is not { } listen)
        {
            if (!diagnostics.HasErrors)
            {
                diagnostics.Add(OriginalDiagnostics.NoListen(keys.Start));
            }

            return string.Empty;
        }

        var (scheme, rest) = Split(listen.Value);
        return scheme switch
        {
            "unix" or "local" when rest.Length > 0 => $"unix:{rest}",
            "inet" => ReadInet(listen, "inet", rest, "127.0.0.1", diagnostics),
            "inet6" => ReadInet(listen, "inet6", rest, "::1", diagnostics),
            _ => Bad(listen, diagnostics),
        };
    }

    /// <summary>A path without a scheme is a Unix socket to libmilter.</summary>
    private static (string Scheme, string Address) Split(string listen)
    {
        var colon = listen.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (listen.Contains('/', StringComparison.Ordinal) ? "unix" : string.Empty, listen) : (listen[..colon], listen[(colon + 1)..]);
    }

    private static string ReadInet(Located<string> listen, string scheme, string rest, string loopback, DiagnosticBag diagnostics)
    {
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            return IsPort(rest[..at]) && rest.Length > at + 1 ? $"{scheme}:{rest[..at]}@{rest[(at + 1)..]}" : Bad(listen, diagnostics);
        }

        if (IsPort(rest))
        {
            var taken = $"{scheme}:{rest}@{loopback}";
            diagnostics.Add(OriginalDiagnostics.EveryAddress(listen.Span, listen.Value, taken));
            return taken;
        }

        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !IsPort(rest[(colon + 1)..]))
        {
            return Bad(listen, diagnostics);
        }

        var meant = $"{scheme}:{rest[(colon + 1)..]}@{rest[..colon]}";
        diagnostics.Add(OriginalDiagnostics.PortTrap(listen.Span, listen.Value, meant));
        return meant;
    }

    private static string Bad(Located<string> listen, DiagnosticBag diagnostics)
    {
        diagnostics.Add(OriginalDiagnostics.BadListen(listen.Span, listen.Value));
        return string.Empty;
    }

    private static bool IsPort(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;

    private static void ReportOthers(TomlKeys keys, DiagnosticBag diagnostics)
    {
        string[] known =
        [
            "server.listen", "server.timeout", "server.log_level", "server.mruby_handler", PostConfigKey, MasterExitKey, .. Phases.Select(phase => phase.Key),
            .. NotNeeded.Keys,
        ];
        foreach (var key in keys.Keys)
        {
            if (NotNeeded.TryGetValue(key.Value, out var reason))
            {
                diagnostics.Add(OriginalDiagnostics.NotNeeded(key.Span, key.Value, reason));
            }
            else if (!known.Contains(key.Value, StringComparer.Ordinal))
            {
                diagnostics.Add(OriginalDiagnostics.UnknownKey(key.Span, key.Value, Suggestion.For(key.Value, known)));
            }
        }
    }
}
