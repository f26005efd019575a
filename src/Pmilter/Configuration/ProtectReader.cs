using System.Collections.Immutable;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>Reads <c>protect:</c> of pmilter.yaml.</summary>
internal static class ProtectReader
{
    public static KeyTable Keys { get; } = new(
        "protect",
        new KeyEntry("clients", new EitherForm(new TextForm("path"), new ListForm(new TextForm("network"))), "Networks of clients: a list file, read again when it changes, or [192.0.2.0/24].") { Default = "[]" },
        new KeyEntry("recipients", new ListForm(new TextForm("local part or address")), "A local part alone means any domain. RFC 5321 wants postmaster reachable.") { Default = "[postmaster, abuse]" },
        new KeyEntry("logins", new ListForm(new TextForm("login")), "Names as sasl_login has them.") { Default = "[]" });

    public static ProtectOptions Read(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new ProtectOptions();
        if (mapping is null)
        {
            return standard;
        }

        var protect = new MappingReader(mapping, Keys, diagnostics);
        var isFile = protect.Node("clients") is YamlScalar { Value.Length: > 0 };
        return new ProtectOptions
        {
            ClientsFile = isFile ? protect.Scalar("clients", "a path") : null,
            Clients = !isFile && protect.Node("clients") is not YamlScalar and not null ? protect.Scalars("clients", "a path, or a list such as [192.0.2.0/24]") : [],
            Recipients = protect.Has("recipients") ? ReadRecipients(protect) : standard.Recipients,
            Logins = protect.Has("logins") ? [.. protect.Scalars("logins", "a list such as [scanner]").Select(login => login.Value)] : [],
        };
    }

    /// <summary>Opens the file of the clients, if there is one.</summary>
    public static Protection Open(ProtectOptions options, IListFileReader files, DiagnosticBag diagnostics)
    {
        MailList? clients = options.ClientsFile is { } file ? ProtectedClients.Read(file, files, diagnostics)
            : options.Clients.IsEmpty ? null
            : ProtectedClients.Read(options.Clients, diagnostics);
        return new Protection(clients, options.Recipients, options.Logins);
    }

    private static ImmutableArray<string> ReadRecipients(MappingReader protect)
    {
        var recipients = protect.Scalars("recipients", "a list such as [postmaster, abuse]");
        foreach (var recipient in recipients.Where(recipient => !IsRecipient(recipient.Value)))
        {
            protect.Diagnostics.Add(ConfigurationDiagnostics.BadProtected(recipient.Span, recipient.Value));
        }

        return [.. recipients.Select(recipient => recipient.Value)];
    }

    /// <summary>A domain alone would protect nobody: it looks like a local part with dots, so only what cannot be one is told.</summary>
    private static bool IsRecipient(string written)
    {
        var at = written.LastIndexOf('@');
        return written.Length > 0 && at != 0 && at != written.Length - 1 && written.All(c => c > ' ' && c is not ('<' or '>' or '*' or ','));
    }
}
