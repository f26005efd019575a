using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>notify:</c> of pmilter.yaml. A target with a mistake is there all the same, so that policies that name it have none.</summary>
internal static class NotifyReader
{
    private static readonly string[] OfUrl = ["secret_file"];
    private static readonly string[] OfMail = ["via", "from"];

    public static ImmutableDictionary<string, NotifyOptions> Read(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var targets = ImmutableDictionary.CreateBuilder<string, NotifyOptions>(StringComparer.Ordinal);
        foreach (var entry in mapping?.Entries ?? [])
        {
            if (entry.Value is YamlMapping written)
            {
                Names.Read(entry.Key, "a target", diagnostics);
                targets[entry.Key.Value] = ReadTarget(entry.Key, new MappingReader(written, NotifyKeys.Target, diagnostics));
            }
            else
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "not a mapping", "{ url: 'https://…' } or { mail: postmaster }"));
            }
        }

        return targets.ToImmutable();
    }

    private static NotifyOptions ReadTarget(YamlScalar name, MappingReader target)
    {
        var url = target.Text("url") is { Value.Length: > 0 } address ? ReadUrl(address, target.Diagnostics) : null;
        var mail = target.Text("mail") is { Value.Length: > 0 } recipient ? ReadAddress(recipient, target.Diagnostics) : string.Empty;
        if (!IsSet(target, "url") && !IsSet(target, "mail"))
        {
            target.Diagnostics.Add(ConfigurationDiagnostics.NoWay(name.Span, name.Value));
        }

        CheckUse(target, "url", OfUrl);
        CheckUse(target, "mail", OfMail);
        var (host, port) = ReadVia(target);
        return new NotifyOptions
        {
            Url = url,
            SecretFile = target.Text("secret_file")?.Value ?? string.Empty,
            Mail = mail,
            MailHost = host,
            MailPort = port,
            From = target.Text("from") is { Value.Length: > 0 } from ? ReadAddress(from, target.Diagnostics) : string.Empty,
            AtMost = ReadAtMost(target),
            MaxPerMinute = target.Integer("max_per_minute") ?? new NotifyOptions().MaxPerMinute,
        };
    }

    private static bool IsSet(MappingReader target, string key) => target.Mapping.TextOf(key) is { Length: > 0 };

    /// <summary>A key that has no effect would promise something.</summary>
    private static void CheckUse(MappingReader target, string owner, string[] keys)
    {
        foreach (var key in keys.Where(key => !IsSet(target, owner) && target.Has(key) && IsSet(target, key)))
        {
            target.Diagnostics.Add(ConfigurationDiagnostics.WithoutEffect(target.KeyOf(key)!.Span, key, owner));
        }
    }

    private static Uri? ReadUrl(Located<string> written, DiagnosticBag diagnostics)
    {
        if (!Uri.TryCreate(written.Value, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) || url.Host.Length == 0)
        {
            diagnostics.Add(ConfigurationDiagnostics.BadUrl(written.Span, written.Value, "write https://host/path"));
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            diagnostics.Add(ConfigurationDiagnostics.BadUrl(written.Span, url.Host, "a user name in it is not sent; sign with secret_file, or use an address that holds the secret"));
            return null;
        }

        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
        {
            diagnostics.Add(ConfigurationDiagnostics.PlainHttp(written.Span, url.Host));
        }

        return url;
    }

    /// <summary>What an MTA could be given; a local part alone is the MTA's own domain.</summary>
    private static string ReadAddress(Located<string> written, DiagnosticBag diagnostics)
    {
        var parts = written.Value.Split('@');
        var isAddress = parts.Length is 1 or 2 && parts.All(part => part.Length > 0) && written.Value.All(c => c > ' ' && c < '\u007F' && c is not ('<' or '>' or ',' or ';' or ':' or '"' or '\\' or '(' or ')'));
        if (!isAddress)
        {
            diagnostics.Add(ConfigurationDiagnostics.BadMail(written.Span, written.Value));
        }

        return written.Value;
    }

    private static (string Host, int Port) ReadVia(MappingReader target)
    {
        var standard = new NotifyOptions();
        if (target.Text("via") is not { Value.Length: > 0 } via)
        {
            return (standard.MailHost, standard.MailPort);
        }

        var colon = via.Value.LastIndexOf(':');
        var host = colon > 0 ? via.Value[..colon] : string.Empty;
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        var isHost = bare.Length > 0 && (IPAddress.TryParse(bare, out _) || Uri.CheckHostName(bare) == UriHostNameType.Dns);
        if (isHost && int.TryParse(via.Value[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
        {
            return (bare, port);
        }

        target.Diagnostics.Add(ConfigurationDiagnostics.BadVia(via.Span, via.Value));
        return (standard.MailHost, standard.MailPort);
    }

    private static NoticeQuota? ReadAtMost(MappingReader target)
    {
        if (target.Scalar("at_most", "text") is not { Value.Length: > 0 } scalar)
        {
            return null;
        }

        string[] words = scalar.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var count, "per", "key", "per", var window])
        {
            target.Diagnostics.Add(ConfigurationDiagnostics.BadAtMost(scalar.Span, scalar.Value));
            return null;
        }

        var number = ValueReader.Integer("at_most", Part(scalar, count, 0), NotifyKeys.Count.Least, NotifyKeys.Count.Most, target.Diagnostics);
        var duration = ValueReader.Duration("at_most", Part(scalar, window, scalar.Value.LastIndexOf(window, StringComparison.Ordinal)), NotifyKeys.Window.Least, NotifyKeys.Window.Most, target.Diagnostics);
        return number is { } n && duration is { } d ? new NoticeQuota(n, d) : null;
    }

    private static YamlScalar Part(YamlScalar scalar, string word, int start) =>
        new(scalar.SpanOf(start, word.Length), word, YamlStyle.Plain);
}
