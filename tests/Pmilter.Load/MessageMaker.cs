using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;

namespace Pmilter.Load;

/// <summary>Makes the n-th message and its client, always the same for the same number.</summary>
internal sealed class MessageMaker(LoadOptions options)
{
    private readonly byte[] _body = Body(options.BodyBytes);
    private readonly MailHeader[] _fillers = [.. Enumerable.Range(0, Math.Max(0, options.Headers - 3))
        .Select(n => MailHeader.Of(string.Create(CultureInfo.InvariantCulture, $"X-Filler-{n}"), "the quick brown fox jumps over the lazy dog"))];

    public ClientFacts Client(int n)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(options.ClientNet.BaseAddress.GetAddressBytes());
        var hosts = 1L << (32 - options.ClientNet.PrefixLength);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, first + (uint)(n % options.Clients % hosts));
        var address = new IPAddress(bytes).ToString();
        return new ClientFacts($"[{address}]", ClientFamily.Inet, address, 1024 + (n % 60000));
    }

    /// <summary>The login of a connection that begins with this message; null for none.</summary>
    public string? Login(int n) => options.Logins > 0 && n % 2 == 0 ? string.Create(CultureInfo.InvariantCulture, $"login{n / 2 % options.Logins}") : null;

    public OutgoingMessage Message(int n)
    {
        var sender = string.Create(CultureInfo.InvariantCulture, $"u{n % options.Senders}@sender.example");
        return new OutgoingMessage
        {
            Sender = new EnvelopeAddress($"<{sender}>", [string.Create(CultureInfo.InvariantCulture, $"SIZE={options.BodyBytes}")]),
            Recipients = [.. Enumerable.Range(0, options.Recipients).Select(r => new EnvelopeAddress($"<r{r}@recipient.example>"))],
            Headers = [MailHeader.Of("From", $"A Sender <{sender}>"), MailHeader.Of("To", "r0@recipient.example"), MailHeader.Of("Subject", "hello"), .. _fillers],
            Body = _body,
            QueueId = string.Create(CultureInfo.InvariantCulture, $"{n:X10}"),
        };
    }

    private static byte[] Body(int bytes)
    {
        var text = new StringBuilder(bytes + 80);
        while (text.Length < bytes)
        {
            text.Append("A line of a body that nobody reads, seventy-odd bytes of it or so.\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, bytes));
    }
}
