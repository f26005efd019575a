using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Wire;

namespace Pmilter.Commands;

/// <summary>What <c>pmilter send</c> is told, and the message that it makes of it.</summary>
internal sealed class SendOptions
{
    public Argument<string> Target { get; } = new("MILTER") { Description = "inet:HOST:PORT, inet:PORT@HOST or unix:PATH" };

    public Option<string> Client { get; } = new("--client") { Description = "the SMTP client's address; 'unknown' for none", DefaultValueFactory = _ => "192.0.2.1" };

    public Option<int> ClientPort { get; } = new("--client-port") { Description = "its port", DefaultValueFactory = _ => 12345 };

    public Option<string?> ClientName { get; } = new("--client-name") { Description = "its verified name; absent: none, as '[ADDRESS]'" };

    public Option<string> Helo { get; } = new("--helo") { Description = "its HELO", DefaultValueFactory = _ => "client.example" };

    public Option<string> From { get; } = new("--from") { Description = "envelope sender; '' is the null sender", DefaultValueFactory = _ => "sender@example.org" };

    public Option<string[]> To { get; } = new("--to") { Description = "envelope recipient; repeatable", DefaultValueFactory = _ => ["recipient@example.net"] };

    public Option<string[]> Header { get; } = new("--header") { Description = "'Name: value'; repeatable" };

    public Option<string> Body { get; } = new("--body") { Description = "the text", DefaultValueFactory = _ => "hello" };

    public Option<FileInfo?> Eml { get; } = new("--eml") { Description = "a message file: its headers and body are sent" };

    public Option<string[]> Macro { get; } = new("--macro") { Description = "NAME=VALUE, such as auth_authen=alice; repeatable" };

    public Option<string[]> Param { get; } = new("--param") { Description = "an ESMTP parameter of MAIL, such as SIZE=1000; repeatable" };

    public Option<int> Count { get; } = new("--count") { Description = "messages on the connection", DefaultValueFactory = _ => 1 };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Target);
        foreach (var option in new Option[] { Client, ClientPort, ClientName, Helo, From, To, Header, Body, Eml, Macro, Param, Count })
        {
            command.Options.Add(option);
        }
    }

    public ClientFacts ClientFacts(ParseResult parsed)
    {
        var text = parsed.GetValue(Client)!;
        var name = parsed.GetValue(ClientName);
        var port = parsed.GetValue(ClientPort);
        if (!IPAddress.TryParse(text, out var address))
        {
            return new ClientFacts(name ?? "unknown", ClientFamily.Unknown, string.Empty, 0);
        }

        var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? ClientFamily.Inet6 : ClientFamily.Inet;
        return new ClientFacts(name ?? $"[{text}]", family, text, port);
    }

    /// <summary>As Postfix gives them without being asked; <c>--macro</c> overrides.</summary>
    public void SetMacros(ParseResult parsed, IDictionary<string, string> macros)
    {
        var client = ClientFacts(parsed);
        macros["j"] = "mx.example.net";
        macros["daemon_name"] = "mx.example.net";
        macros["v"] = "pmilter send";
        macros["_"] = $"{client.HostName} [{client.Address}]";
        macros["client_addr"] = client.Family == ClientFamily.Inet6 ? $"IPv6:{client.Address}" : client.Address;
        macros["client_name"] = client.HostName.StartsWith('[') ? "unknown" : client.HostName;
        macros["client_port"] = client.Port.ToString(CultureInfo.InvariantCulture);
        foreach (var macro in parsed.GetValue(Macro) ?? [])
        {
            var equals = macro.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                macros[macro[..equals].Trim('{', '}')] = macro[(equals + 1)..];
            }
        }
    }

    public OutgoingMessage Message(ParseResult parsed, int number)
    {
        var (headers, body) = Content(parsed);
        return new OutgoingMessage
        {
            Sender = new EnvelopeAddress($"<{parsed.GetValue(From)}>", parsed.GetValue(Param) ?? []),
            Recipients = [.. (parsed.GetValue(To) ?? []).Select(to => new EnvelopeAddress($"<{to}>"))],
            Headers = headers,
            Body = body,
            QueueId = string.Create(CultureInfo.InvariantCulture, $"SEND{number:D6}"),
        };
    }

    private (IReadOnlyList<MailHeader> Headers, ReadOnlyMemory<byte> Body) Content(ParseResult parsed)
    {
        var text = new StringBuilder();
        foreach (var header in parsed.GetValue(Header) ?? [])
        {
            text.Append(header).Append('\n');
        }

        if (parsed.GetValue(Eml) is { } file)
        {
            return MailFile.Parse((byte[])[.. MailText.Encode(text.ToString()), .. File.ReadAllBytes(file.FullName)]);
        }

        if (text.Length == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"From: {parsed.GetValue(From)}\nTo: {string.Join(", ", parsed.GetValue(To) ?? [])}\nSubject: a test by pmilter send\n");
        }

        return MailFile.Parse(MailText.Encode($"{text}\n{parsed.GetValue(Body)}\n"));
    }
}
