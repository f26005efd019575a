using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>What is special to pmilter.yaml: PM300 to PM368, one method a message.</summary>
internal static class ConfigurationDiagnostics
{
    public static Diagnostic BadAddress(SourceSpan span, string written) =>
        Error("PM300", span, $"'{written}' is not an address to listen at", "write inet:127.0.0.1:8895, inet:8895@127.0.0.1, unix:/run/pmilter/pmilter.sock or systemd:pmilter.socket");

    public static Diagnostic NotAllowed(SourceSpan span, string written) =>
        Error("PM301", span, $"'{written}' is reachable beyond this machine, but allow names nobody beyond it", "name the MTAs' networks: allow: [192.0.2.0/24]");

    public static Diagnostic BadNetwork(SourceSpan span, string written, string? network) =>
        Error("PM302", span, $"'{written}' is not a network", network is null ? "write 192.0.2.0/24 or ::1" : $"write {network}");

    public static Diagnostic Duplicate(SourceSpan span, string written) => Error("PM303", span, $"'{written}' is listened at twice", "remove one of them");

    public static Diagnostic UnixOnly(SourceSpan span, string key) => Error("PM304", span, $"'{key}' is for Unix sockets", "remove it");

    public static Diagnostic BadMode(SourceSpan span, string written) => Error("PM305", span, $"'{written}' is not a file mode", "write mode: '0660'");

    public static Diagnostic NoListener(SourceSpan span) => Error("PM306", span, "listen is empty: no MTA could connect", "write listen: ['inet:127.0.0.1:8895']");

    public static Diagnostic UnknownZone(SourceSpan span, string written) =>
        Error("PM307", span, $"'{written}' is not a time zone that this machine knows", "write UTC, Asia/Tokyo or the like");

    public static Diagnostic BadReply(SourceSpan span, string written, char expected) =>
        Error("PM308", span, $"'{written}' does not begin with an enhanced status code {expected}.x.y", $"write '{expected}.7.1 …'");

    public static Diagnostic BadAuthName(SourceSpan span, string written) =>
        Error("PM279", span, $"'{written}' is no authserv-id", "write a host name: mx.example.jp");

    public static Diagnostic NoRedis(SourceSpan span) =>
        Error("PM312", span, "store: redis needs an address", "write redis: 127.0.0.1:6379 or redis: unix:/run/redis/redis.sock");

    public static Diagnostic RedisUnused(SourceSpan span) =>
        new("PM313", DiagnosticSeverity.Warning, span, "redis has no effect: state is kept in this process", "write store: redis, or remove it");

    public static Diagnostic BadDnsServer(SourceSpan span, string written) =>
        Error("PM314", span, $"'{written}' is not the address of a resolver", "write 127.0.0.1, 127.0.0.1:5353 or '[::1]:5353'");

    public static Diagnostic DnsTooSlow(SourceSpan span, string deadline) =>
        Error("PM315", span, $"a question may take as long as a whole event ({deadline}): rules' on_error would never be asked", "write less than server.event_deadline, such as 2s");

    public static Diagnostic BadVia(SourceSpan span, string written) => Error("PM333", span, $"'{written}' is not a host and port", "write via: 127.0.0.1:25");

    public static Diagnostic WithoutEffect(SourceSpan span, string key, string owner) =>
        Error("PM334", span, $"'{key}' has no effect without {owner}", $"write {owner}, or remove it");

    public static Diagnostic NoWay(SourceSpan span, string target) =>
        Error("PM335", span, $"target '{target}' has neither url nor mail: nobody would be told", $"write {target}: {{ url: 'https://…' }} or {target}: {{ mail: postmaster }}");

    public static Diagnostic BadUrl(SourceSpan span, string written, string mend) => Error("PM336", span, $"'{written}' is not an address that notices can be posted to", mend);

    public static Diagnostic PlainHttp(SourceSpan span, string host) =>
        new("PM337", DiagnosticSeverity.Warning, span, $"notices go to {host} without TLS: who is on the way reads them", "write https://");

    public static Diagnostic BadAtMost(SourceSpan span, string written) =>
        Error("PM338", span, $"'{written}' does not say how many notices go into which time", "write at_most: '1 per key per 1h'");

    public static Diagnostic BadMail(SourceSpan span, string written) => Error("PM339", span, $"'{written}' is not one mail address", "write postmaster or ops@example.jp");

    public static Diagnostic PageWithoutTls(SourceSpan span, string address) =>
        new("PM340", DiagnosticSeverity.Warning, span, $"the admin page at {address} goes over the wire without TLS: who is on the way reads whose mail comes, and can take its token", "listen on 127.0.0.1, and put a proxy with TLS before it or go through ssh -L");

    public static Diagnostic BadPageHost(SourceSpan span, string written) => Error("PM341", span, $"'{written}' is not the name of a host", "write it without scheme and port: hosts: [mail.example.jp]");

    public static Diagnostic BadAdminAddress(SourceSpan span, string written) =>
        Error("PM347", span, $"'{written}' is not an IP address and port", "write listen: '127.0.0.1:8896' or '[::1]:8896'");

    public static Diagnostic NoToken(SourceSpan span, string written) =>
        Error("PM348", span, $"'{written}' is reachable beyond this machine, and whoever reaches it could read the metrics", "name a file with a token: token_file: admin.token, or write 127.0.0.1");

    public static Diagnostic BadProtected(SourceSpan span, string written) =>
        Error("PM353", span, $"'{written}' is not a recipient", "write postmaster, which means any domain, or postmaster@example.jp");

    public static Diagnostic UnknownFuseTarget(SourceSpan span, string written, IEnumerable<string> targets) =>
        Error("PM354", span, $"there is no target '{written}' below notify:", Suggestion.For(written, targets) ?? "write notify: { oncall: { mail: postmaster } }, and fuse: { notify: oncall }");

    public static Diagnostic BadFuseRule(SourceSpan span, string written) =>
        Error("PM355", span, $"'{written}' does not name one rule", "write its policy and itself: geo/closed");

    public static Diagnostic NoFuseRule(SourceSpan span, string written, string hint) =>
        new("PM356", DiagnosticSeverity.Warning, span, $"there is no rule '{written}', whose fuse is set here", hint);

    public static Diagnostic AdminForEverybody(SourceSpan span, string path) =>
        new("PM365", DiagnosticSeverity.Warning, span, $"everybody on this machine may lift bans and let rules go through '{path}'", "write mode: '0660' and a group; read_socket is for those who only look");

    public static Diagnostic SameSocket(SourceSpan span, string path) =>
        Error("PM366", span, $"'{path}' is the admin socket, which changes things, too", "write another path: read_socket: { at: /run/pmilter/read.sock, group: helpdesk }");

    public static Diagnostic SocketOutOfReach(SourceSpan span, string path, string key) =>
        new("PM367", DiagnosticSeverity.Warning, span, $"'{path}' lies in state.dir, which only the server's user may enter: nobody else gets at it", $"write another folder: {key}: {{ at: /run/pmilter/{System.IO.Path.GetFileName(path)} }}");

    public static Diagnostic SameToken(SourceSpan span, string path) =>
        Error("PM368", span, $"'{path}' holds another token already: whoever reads could change things, or the reverse", "name a file of its own: page_read_token_file: state/page.read.token");

    private static Diagnostic Error(string id, SourceSpan span, string message, string hint) => new(id, DiagnosticSeverity.Error, span, message, hint);
}
