using System.Globalization;
using System.Text.RegularExpressions;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal;

/// <summary>Reads the keys of a message in a test file, which are the names of the language's fields, onto a message that has its defaults.</summary>
internal sealed partial class SampleReader(DiagnosticBag diagnostics)
{
    private const int MostExpanded = 100_000;

    /// <summary>Which macro tells a field.</summary>
    private static readonly Dictionary<string, string> MacroOf = new(StringComparer.Ordinal)
    {
        ["sasl_login"] = "auth_authen",
        ["sasl_author"] = "auth_author",
        ["sasl_method"] = "auth_type",
        ["mailer"] = "mail_mailer",
        ["tls_version"] = "tls_version",
        ["tls_cipher"] = "cipher",
        ["tls_bits"] = "cipher_bits",
        ["tls_subject"] = "cert_subject",
        ["tls_issuer"] = "cert_issuer",
        ["daemon_name"] = "daemon_name",
        ["my_hostname"] = "j",
    };

    /// <summary>Keys that the reader of a message does not know are left to the caller.</summary>
    public SampleMessage Read(SampleMessage message, MappingReader mapping)
    {
        foreach (var entry in mapping.Mapping.Entries)
        {
            if (SampleKeys.Message.Find(entry.Key.Value) is not null)
            {
                message = Set(message, entry.Key.Value, mapping);
            }
        }

        return message;
    }

    private SampleMessage Set(SampleMessage message, string key, MappingReader mapping) => key switch
    {
        "client_ip" => Text(mapping, key) is { } ip ? message with { ClientIp = ip } : message,
        "client_port" => mapping.Integer(key) is { } port ? message with { ClientPort = port } : message,
        "client_name" => message with { ClientName = Text(mapping, key) ?? string.Empty },
        "client_ptr" => message with { ClientPtr = Text(mapping, key) ?? string.Empty },
        "client_country" => message with { Place = PlaceOf(message) with { Country = (Text(mapping, key) ?? "ZZ").ToUpperInvariant() } },
        "client_continent" => message with { Place = PlaceOf(message) with { Continent = Text(mapping, key) ?? string.Empty } },
        "client_asn" => message with { Place = PlaceOf(message) with { Asn = mapping.Integer(key) ?? 0 } },
        "client_as_org" => message with { Place = PlaceOf(message) with { AsOrganisation = Text(mapping, key) ?? string.Empty } },
        "origin" => mapping.Choice(key, SampleKeys.Origins) is { } origin ? message with { Origin = origin.Value } : message,
        "listener" => message with { Listener = Text(mapping, key) ?? string.Empty },
        "helo" => message with { Helo = Text(mapping, key) ?? string.Empty },
        "mail_from" => message with { MailFrom = (Text(mapping, key) ?? string.Empty).Trim('<', '>') },
        "declared_size" => message with { MailParameters = [.. message.MailParameters.Where(p => !p.StartsWith("SIZE=", StringComparison.Ordinal)), string.Create(CultureInfo.InvariantCulture, $"SIZE={mapping.Size(key) ?? 0}")] },
        "smtputf8" => message with { MailParameters = [.. message.MailParameters.Where(p => p != "SMTPUTF8"), .. mapping.Bool(key) == true ? ["SMTPUTF8"] : Array.Empty<string>()] },
        "mail_params" => message with { MailParameters = [.. message.MailParameters, .. mapping.Scalars(key, "a list such as ['BODY=8BITMIME']").Select(s => s.Value)] },
        "sasl_login" => WithLogin(message, Text(mapping, key) ?? string.Empty),
        "rcpt_to" => message with { Recipients = Addresses(mapping, key) },
        "mta_refused" => message with { RefusedByMta = Addresses(mapping, key) },
        "queue_id" => message with { QueueId = Text(mapping, key) ?? string.Empty },
        "headers" => mapping.Nested(key, "a mapping such as { From: 'a@b.example', Subject: hello }") is { } headers ? message with { Headers = Headers(message.Headers, headers) } : message,
        "body" => message with { Body = Text(mapping, key) ?? string.Empty, BodyBytes = null },
        "attachments" => message with { Attachments = [.. mapping.Items(key, "a list such as [invoice.exe, { name: docs.zip, entries: [a.exe] }]").Select(item => Attachment(key, item)).OfType<SampleAttachment>()] },
        "facts" => mapping.Nested(key, "a mapping such as { fcrdns: true }") is { } facts ? message with { Facts = SampleFacts.Read(message.Facts, facts, diagnostics) } : message,
        "macros" => mapping.Nested(key, "a mapping such as { auth_type: PLAIN }") is { } macros ? macros.Entries.Aggregate(message, (m, e) => WithMacro(m, e.Key.Value.Trim('{', '}'), (e.Value as YamlScalar)?.Value ?? string.Empty)) : message,
        _ => WithMacro(message, MacroOf[key], Text(mapping, key) ?? string.Empty),
    };

    private static GeoPlace PlaceOf(SampleMessage message) => message.Place ?? GeoPlace.Unknown;

    private static SampleMessage WithMacro(SampleMessage message, string name, string value) =>
        message with { Macros = new Dictionary<string, string>(message.Macros, StringComparer.Ordinal) { [name] = value } };

    /// <summary>A login without a method is none that an MTA would tell; '' takes the login back.</summary>
    private static SampleMessage WithLogin(SampleMessage message, string login) =>
        WithMacro(WithMacro(message, "auth_authen", login), "auth_type", login.Length == 0 ? string.Empty : message.Macros.GetValueOrDefault("auth_type") is { Length: > 0 } method ? method : "PLAIN");

    private SampleAttachment? Attachment(string key, YamlNode item)
    {
        switch (item)
        {
            case YamlScalar name:
                return new SampleAttachment { Name = name.Value };
            case YamlMapping mapping:
                var file = new MappingReader(mapping, SampleKeys.Attachment, diagnostics);
                return new SampleAttachment
                {
                    Name = file.Has("name") ? Text(file, "name") ?? string.Empty : string.Empty,
                    Type = file.Has("type") ? Text(file, "type") ?? string.Empty : "application/octet-stream",
                    Disposition = file.Has("disposition") ? Text(file, "disposition") ?? string.Empty : "attachment",
                    Text = file.Has("text") ? Text(file, "text") : null,
                    SizeBytes = file.Size("size") ?? 0,
                    IsEncrypted = file.Bool("encrypted") ?? false,
                    Entries = file.Has("entries") ? [.. file.Scalars("entries", "a list such as [a.exe]").Select(entry => entry.Value)] : [],
                };
            default:
                diagnostics.Add(ShapeDiagnostics.WrongKind(item.Span, key, "a list", "a file name or a mapping such as { name: docs.zip, entries: [a.exe] }"));
                return null;
        }
    }

    /// <summary>As it stands; an empty one is a value here.</summary>
    private string? Text(MappingReader mapping, string key)
    {
        var value = mapping.Mapping.Entries.First(entry => entry.Key.Value == key).Value;
        if (value is YamlScalar scalar)
        {
            return scalar.Value;
        }

        diagnostics.Add(ShapeDiagnostics.WrongKind(value.Span, key, "a list or mapping", "text"));
        return null;
    }

    private List<(string Name, string Value)> Headers(IReadOnlyList<(string Name, string Value)> before, YamlMapping headers)
    {
        var all = before.Where(header => !headers.Entries.Any(e => string.Equals(e.Key.Value, header.Name, StringComparison.OrdinalIgnoreCase))).ToList();
        foreach (var entry in headers.Entries)
        {
            switch (entry.Value)
            {
                case YamlScalar one:
                    all.Add((entry.Key.Value, one.Value));
                    break;
                case YamlSequence several:
                    all.AddRange(several.Items.OfType<YamlScalar>().Select(item => (entry.Key.Value, item.Value)));
                    break;
                default:
                    diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "a mapping", "a value or a list of values"));
                    break;
            }
        }

        return all;
    }

    private string[] Addresses(MappingReader mapping, string key)
    {
        var node = mapping.Mapping.Entries.First(entry => entry.Key.Value == key).Value;
        var scalars = node is YamlScalar one ? [one] : mapping.Scalars(key, "a list such as [bob@example.jp]");
        return [.. scalars.SelectMany(scalar => Expand(scalar, key)).Select(address => address.Trim('<', '>'))];
    }

    private IEnumerable<string> Expand(YamlScalar scalar, string key)
    {
        var range = Range().Match(scalar.Value);
        if (!range.Success)
        {
            return [scalar.Value];
        }

        var from = int.Parse(range.Groups["from"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var to = int.Parse(range.Groups["to"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (to < from || to - from >= MostExpanded)
        {
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, range.Value, $"a range such as {{1..600}} of at most {MostExpanded} numbers"));
            return [scalar.Value];
        }

        return Enumerable.Range(from, to - from + 1).Select(n => scalar.Value.Replace(range.Value, n.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\{(?<from>[0-9]{1,8})\.\.(?<to>[0-9]{1,8})\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Range();
}
