using System.Net;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>admin:</c> of pmilter.yaml.</summary>
internal static class AdminReader
{
    public static AdminOptions Read(YamlMapping? mapping, DiagnosticBag diagnostics)
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

        return new AdminOptions { Socket = admin.Text("socket")?.Value ?? standard.Socket, Listen = listen, TokenFile = token?.Value ?? standard.TokenFile };
    }

    /// <summary>An IP address and a port; IPv6 in brackets, since the port is a part of the address otherwise.</summary>
    private static IPEndPoint? Address(string text) =>
        text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var end) && end.Port > 0 ? end : null;
}
