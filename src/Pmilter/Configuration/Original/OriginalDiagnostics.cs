using Pmilter.Policies.Text;

namespace Pmilter.Configuration.Original;

/// <summary>What is special to the original's pmilter.conf: PM320 to PM334, one method a message.</summary>
internal static class OriginalDiagnostics
{
    public static Diagnostic Toml(SourceSpan span, string message) => Error("PM320", span, $"this is not TOML: {message}", null);

    public static Diagnostic NoListen(SourceSpan span) =>
        Error("PM321", span, "server.listen is missing; the original crashed here", "write listen = \"inet:12525@127.0.0.1\" under [server]");

    public static Diagnostic BadListen(SourceSpan span, string written) =>
        Error("PM322", span, $"'{written}' is not a socket that libmilter knows", "write inet:12525@127.0.0.1 or unix:/run/pmilter/pmilter.sock");

    /// <summary>libmilter reads the digits before the first dot as the port and listens on every address.</summary>
    public static Diagnostic PortTrap(SourceSpan span, string written, string meant) =>
        Warning("PM323", span, $"the original read '{written}' as port {written.Split(':')[1].Split('.')[0]} on every address, since libmilter wants PORT@HOST", $"taken as it was meant: {meant}");

    public static Diagnostic EveryAddress(SourceSpan span, string written, string taken) =>
        Warning("PM324", span, $"'{written}' listened on every address, open to everybody", $"taken as {taken}; to open it again, name the MTAs in server.allow");

    public static Diagnostic WrongType(SourceSpan span, string key, string expected) =>
        Error("PM325", span, $"{key} is not {expected}; the original did not notice and read rubbish", $"write {expected}");

    public static Diagnostic UnknownKey(SourceSpan span, string key, string? hint) =>
        Warning("PM326", span, $"'{key}' is no key of pmilter.conf and had no effect", hint ?? "remove it");

    public static Diagnostic NotNeeded(SourceSpan span, string key, string reason) => Warning("PM327", span, $"{key} has no counterpart: {reason}", null);

    public static Diagnostic UnknownLevel(SourceSpan span, string written) =>
        Warning("PM328", span, $"'{written}' is no log level; the original took warn", "write emerg, alert, crit, error, warn, notice, info or debug");

    public static Diagnostic MissingHandler(SourceSpan span, string path) =>
        Error("PM329", span, $"there is no file {path}; the original would have refused every message temporarily", "correct the path, or remove the handler");

    public static Diagnostic BrokenHandler(SourceSpan span, string path, int line, string message) =>
        Error("PM330", span, message.Contains($":{line}:", StringComparison.Ordinal) ? message : $"{path}:{line}: {message}", "correct the handler: what cannot be compiled refuses every message temporarily");

    public static Diagnostic HandlersOff(SourceSpan span) =>
        Warning("PM331", span, "mruby_handler is false: the original ran no handler, so none is taken over", "set it to true to take them over");

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Error, span, message, hint);

    private static Diagnostic Warning(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Warning, span, message, hint);
}
