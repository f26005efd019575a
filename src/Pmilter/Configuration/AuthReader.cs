using System.Buffers;
using System.Collections.Immutable;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>auth</c>.</summary>
internal static class AuthReader
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    public static (ImmutableArray<string> Trusted, AuthenticationOptions? Check) Read(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        if (mapping is null)
        {
            return ([], null);
        }

        var auth = new MappingReader(mapping, SectionKeys.Auth, diagnostics);
        ImmutableArray<string> trusted = auth.Has("trusted") ? [.. auth.Scalars("trusted", "a list such as [mx.example.jp]").Select(scalar => scalar.Value)] : [];
        var check = auth.Bool("check") == true;
        var name = auth.Text("name");
        if (name is { Value.Length: > 0 } written)
        {
            if (written.Value.AsSpan().ContainsAnyExcept(NameCharacters))
            {
                diagnostics.Add(ConfigurationDiagnostics.BadAuthName(written.Span, written.Value));
            }
            else if (!check)
            {
                diagnostics.Add(ConfigurationDiagnostics.WithoutEffect(written.Span, "name", "check: true"));
            }
        }

        return (trusted, check ? new AuthenticationOptions(name?.Value ?? string.Empty, trusted) : null);
    }
}
