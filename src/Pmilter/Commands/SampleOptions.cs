using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>A made-up message from the command line, for <c>explain</c> and <c>simulate</c>.</summary>
internal sealed class SampleOptions
{
    public Option<string> Client { get; } = new("--client") { Description = "the SMTP client's address", DefaultValueFactory = _ => "192.0.2.1" };

    public Option<string?> ClientName { get; } = new("--client-name") { Description = "its verified name" };

    public Option<string?> Country { get; } = new("--country") { Description = "its country; else the country data say it" };

    public Option<string> Helo { get; } = new("--helo") { Description = "its HELO", DefaultValueFactory = _ => "client.example" };

    public Option<string?> Login { get; } = new("--login") { Description = "its login (SASL)" };

    public Option<string> From { get; } = new("--from") { Description = "envelope sender; '' is the null sender", DefaultValueFactory = _ => "sender@example.org" };

    public Option<string[]> To { get; } = new("--to") { Description = "envelope recipient; repeatable", DefaultValueFactory = _ => ["recipient@example.net"] };

    public Option<string[]> Header { get; } = new("--header") { Description = "'Name: value'; repeatable" };

    public Option<string> Body { get; } = new("--body") { Description = "the text", DefaultValueFactory = _ => "hello" };

    public Option<FileInfo?> Eml { get; } = new("--eml") { Description = "a message file: its headers and body" };

    public Option<string[]> Set { get; } = new("--set") { Description = "FIELD=VALUE, any key of a message in a test, such as client_asn=64500; repeatable" };

    public Option<string[]> Fact { get; } = new("--fact") { Description = "LOOKUP=ANSWER: \"dnsbl('zen.example')=127.0.0.2\", fcrdns=false, or =timeout; repeatable" };

    public Option<bool> IsLiveDns { get; } = new("--live-dns") { Description = "really ask the DNS what no --fact gives; else such a look-up is unknown" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Client, ClientName, Country, Helo, Login, From, To, Header, Body, Eml, Set, Fact, IsLiveDns })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="ServerStartException">Something given makes no message.</exception>
    public SampleMessage Read(ParseResult parsed)
    {
        var yaml = new StringBuilder();
        Add(yaml, "client_ip", parsed.GetValue(Client));
        Add(yaml, "client_name", parsed.GetValue(ClientName));
        Add(yaml, "client_country", parsed.GetValue(Country));
        Add(yaml, "helo", parsed.GetValue(Helo));
        Add(yaml, "sasl_login", parsed.GetValue(Login));
        Add(yaml, "mail_from", parsed.GetValue(From));
        Add(yaml, "body", parsed.GetValue(Body));
        yaml.Append("rcpt_to: [").AppendJoin(", ", (parsed.GetValue(To) ?? []).Select(Quoted)).Append("]\n");
        var sample = Read(yaml.ToString(), "the command line", new SampleMessage());
        if (parsed.GetValue(Eml) is { } file)
        {
            sample = sample.WithFile(file.Exists ? File.ReadAllBytes(file.FullName) : throw new ServerStartException($"There is no file {file}."));
        }

        var headers = (parsed.GetValue(Header) ?? []).Select(FieldOf).ToArray();
        sample = sample with { Headers = [.. headers, .. sample.Headers] };
        foreach (var set in parsed.GetValue(Set) ?? [])
        {
            var equal = set.IndexOf('=', StringComparison.Ordinal);
            sample = equal > 0
                ? Read(Line(set[..equal], set[(equal + 1)..]), $"--set {set}", sample)
                : throw new ServerStartException($"--set {set}: expected FIELD=VALUE.");
        }

        foreach (var fact in parsed.GetValue(Fact) ?? [])
        {
            var equal = fact.LastIndexOf('=');
            sample = equal > 0
                ? Read($"facts: {{ {Quoted(fact[..equal])}: {Quoted(fact[(equal + 1)..])} }}\n", $"--fact {fact}", sample)
                : throw new ServerStartException($"--fact {fact}: expected LOOKUP=ANSWER.");
        }

        // Every mail has a From; what else it has is said.
        return sample.Headers.Any(header => string.Equals(header.Name, "From", StringComparison.OrdinalIgnoreCase))
            ? sample
            : sample with { Headers = [("From", sample.MailFrom), .. sample.Headers] };
    }

    /// <summary>Whom look-ups ask; null for nobody.</summary>
    public DnsNameService? Names(ParseResult parsed, ServerSettings settings) =>
        parsed.GetValue(IsLiveDns) ? new DnsNameService(settings.Dns, TimeProvider.System, NullLogger<DnsNameService>.Instance) : null;

    private static (string Name, string Value) FieldOf(string header)
    {
        var colon = header.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (header[..colon], header[(colon + 1)..].TrimStart(' ')) : throw new ServerStartException($"--header {header}: expected 'Name: value'.");
    }

    private static SampleMessage Read(string yaml, string where, SampleMessage before)
    {
        var diagnostics = new DiagnosticBag();
        if (YamlReader.Read(new SourceText(where, yaml), diagnostics) is YamlMapping mapping)
        {
            before = new SampleReader(diagnostics).Read(before, new MappingReader(mapping, SampleKeys.Message, diagnostics));
        }

        return diagnostics.HasErrors
            ? throw new ServerStartException($"{where}: {diagnostics.All[0].Message}{(diagnostics.All[0].Hint is { } hint ? $"; {hint}" : string.Empty)}")
            : before;
    }

    private static void Add(StringBuilder yaml, string key, string? value)
    {
        if (value is not null)
        {
            yaml.Append(key).Append(": ").Append(Quoted(value)).Append('\n');
        }
    }

    /// <summary>Lists and mappings as YAML has them, numbers and truth plain, the rest quoted.</summary>
    private static string Line(string key, string value) =>
        value.StartsWith('[') || value.StartsWith('{') || value is "true" or "false" || (value.Length > 0 && value.All(char.IsAsciiDigit))
            ? $"{key}: {value}\n"
            : $"{key}: {Quoted(value)}\n";

    private static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
