using System.Net;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>admin:</c> of pmilter.yaml.</summary>
internal static class AdminReader
{
    /// <param name="stateDir"><c>state.dir</c>: a folder for the server's user alone.</param>
    public static AdminOptions Read(YamlMapping? mapping, string stateDir, DiagnosticBag diagnostics)
    {
        var standard = new AdminOptions();
        if (mapping is null)
        {
            return standard;
        }

        var admin = new MappingReader(mapping, SectionKeys.Admin, diagnostics);
        var written = admin.Text("listen");
        var listen = written is { Value.Length: > 0 } ? Address(written.Value) : null;
        var token = admin.Text("token_file");
        if (written is { Value.Length: > 0 } && listen is null)
        {
            diagnostics.Add(ConfigurationDiagnostics.BadAdminAddress(written.Span, written.Value));
        }

        if (listen is not null && !IPAddress.IsLoopback(listen.Address) && string.IsNullOrEmpty(token?.Value))
        {
            diagnostics.Add(ConfigurationDiagnostics.NoToken(written!.Span, written.Value));
        }

        if (token is { Value.Length: > 0 } && written is not { Value.Length: > 0 })
        {
            diagnostics.Add(ConfigurationDiagnostics.WithoutEffect(token.Span, "token_file", "listen"));
        }

        var sockets = new AdminSocketReader(admin, stateDir);
        var options = new AdminOptions { Socket = sockets.Read("socket", standard.Socket), ReadSocket = sockets.Read("read_socket", standard.ReadSocket), Listen = listen, TokenFile = token?.Value ?? standard.TokenFile };
        sockets.Compare(options);
        return WithPage(options, admin, diagnostics);
    }

    private static AdminOptions WithPage(AdminOptions options, MappingReader admin, DiagnosticBag diagnostics)
    {
        var isOnLoopback = options.Listen is { } listen && IPAddress.IsLoopback(listen.Address);
        var hasPage = admin.Bool("page") ?? isOnLoopback;
        var tokenFile = admin.Text("page_token_file");
        var readTokenFile = admin.Text("page_read_token_file");
        var hosts = admin.Has("hosts") ? admin.Scalars("hosts", "a list such as [mail.example.jp]") : [];
        if (hasPage && options.Listen is { } beyond && !isOnLoopback)
        {
            diagnostics.Add(ConfigurationDiagnostics.PageWithoutTls(admin.KeyOf("page")?.Span ?? admin.Start, beyond.ToString()));
        }

        foreach (var host in hosts.Where(host => Uri.CheckHostName(host.Value) == UriHostNameType.Unknown))
        {
            diagnostics.Add(ConfigurationDiagnostics.BadPageHost(host.Span, host.Value));
        }

        if (readTokenFile is { Value.Length: > 0 } && (readTokenFile.Value == tokenFile?.Value || readTokenFile.Value == options.TokenFile))
        {
            diagnostics.Add(ConfigurationDiagnostics.SameToken(readTokenFile.Span, readTokenFile.Value));
        }

        var useless = options.Listen is not null ? null
            : hasPage ? "page"
            : tokenFile is { Value.Length: > 0 } ? "page_token_file"
            : readTokenFile is { Value.Length: > 0 } ? "page_read_token_file"
            : hosts.Length > 0 ? "hosts"
            : null;
        if (useless is not null && admin.KeyOf(useless) is { } key)
        {
            diagnostics.Add(ConfigurationDiagnostics.WithoutEffect(key.Span, useless, "listen"));
        }

        return options with { HasPage = hasPage && options.Listen is not null, PageTokenFile = tokenFile?.Value ?? string.Empty, PageReadTokenFile = readTokenFile?.Value ?? string.Empty, Hosts = [.. hosts.Select(host => host.Value)] };
    }

    /// <summary>An IP address and a port; IPv6 in brackets, since the port is a part of the address otherwise.</summary>
    private static IPEndPoint? Address(string text) =>
        text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var end) && end.Port > 0 ? end : null;
}
