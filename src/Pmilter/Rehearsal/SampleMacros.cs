using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Rehearsal;

/// <summary>A sample's client and macros as Postfix tells them.</summary>
internal static class SampleMacros
{
    public static ConnectCommand Connect(SampleMessage sample)
    {
        if (sample.Origin == "local")
        {
            return new ConnectCommand(Bytes("localhost"), ClientFamily.Inet, 0, Bytes("127.0.0.1"));
        }

        if (sample.ClientIp == "unix")
        {
            return new ConnectCommand(Bytes("localhost"), ClientFamily.Unix, 0, default);
        }

        if (!IPAddress.TryParse(sample.ClientIp, out var address))
        {
            return new ConnectCommand(Bytes(sample.ClientName.Length > 0 ? sample.ClientName : "unknown"), ClientFamily.Unknown, 0, default);
        }

        var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? ClientFamily.Inet6 : ClientFamily.Inet;
        var host = sample.ClientName.Length > 0 ? sample.ClientName : $"[{sample.ClientIp}]";
        return new ConnectCommand(Bytes(host), family, sample.ClientPort, Bytes(sample.ClientIp));
    }

    /// <summary>Those of the connection and of the message; RCPT's come with each recipient.</summary>
    public static MacroTable Of(SampleMessage sample, string? recipient = null)
    {
        var host = sample.ClientName.Length > 0 ? sample.ClientName : "unknown";
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["j"] = "mx.example.net",
            ["daemon_name"] = sample.Origin == "submission" ? "submission" : "mx.example.net",
            ["_"] = $"{host} [{sample.ClientIp}]",
            ["client_addr"] = sample.ClientIp,
            ["client_name"] = host,
            ["client_ptr"] = sample.ClientPtr.Length > 0 ? sample.ClientPtr : host,
            ["client_port"] = sample.ClientPort.ToString(CultureInfo.InvariantCulture),
            ["mail_addr"] = sample.MailFrom,
        };
        if (sample.QueueId.Length > 0)
        {
            all["i"] = sample.QueueId;
        }

        if (recipient is not null)
        {
            all["rcpt_addr"] = recipient;
            if (sample.RefusedByMta.Contains(recipient, StringComparer.OrdinalIgnoreCase))
            {
                all["rcpt_mailer"] = "error";
                all["rcpt_host"] = "5.1.1";
                all["rcpt_addr"] = $"<{recipient}>: Recipient address rejected";
            }
        }

        foreach (var (name, value) in sample.Macros)
        {
            all[name] = value;
        }

        return MacroTable.Of(all);
    }

    public static ReadOnlyMemory<byte> Bytes(string text) => MailText.Encode(text);
}
