using System.Buffers.Binary;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Commands;

/// <summary>The one decoder of SMFIC_ data. As strict about structure as libmilter, as lenient about content.</summary>
internal static class CommandDecoder
{
    public static ConnectCommand Connect(ReadOnlyMemory<byte> data)
    {
        var rest = data;
        var hostName = TakeString(ref rest, CommandCode.Connect, "the host name");
        if (rest.IsEmpty)
        {
            throw new ProtocolException("CONNECT ends after the host name; expected the address family.");
        }

        var family = (ClientFamily)rest.Span[0];
        rest = rest[1..];
        if (family == ClientFamily.Unknown)
        {
            return new ConnectCommand(hostName, family, 0, default);
        }

        if (family is not (ClientFamily.Inet or ClientFamily.Inet6 or ClientFamily.Unix))
        {
            throw new ProtocolException($"CONNECT has the address family 0x{(byte)family:X2}; expected 4, 6, L or U.");
        }

        if (rest.Length < sizeof(ushort))
        {
            throw new ProtocolException("CONNECT ends inside the port; expected two bytes.");
        }

        var port = BinaryPrimitives.ReadUInt16BigEndian(rest.Span);
        rest = rest[sizeof(ushort)..];
        var address = TakeString(ref rest, CommandCode.Connect, "the address");
        return new ConnectCommand(hostName, family, family == ClientFamily.Unix ? 0 : port, address);
    }

    public static HeloCommand Helo(ReadOnlyMemory<byte> data)
    {
        var rest = data;
        return new HeloCommand(TakeString(ref rest, CommandCode.Helo, "the name"));
    }

    public static MailCommand Mail(ReadOnlyMemory<byte> data)
    {
        var (address, parameters) = TakeArguments(data, CommandCode.Mail, "the sender");
        return new MailCommand(address, parameters);
    }

    public static RcptCommand Rcpt(ReadOnlyMemory<byte> data)
    {
        var (address, parameters) = TakeArguments(data, CommandCode.Rcpt, "the recipient");
        return new RcptCommand(address, parameters);
    }

    public static HeaderCommand Header(ReadOnlyMemory<byte> data)
    {
        var rest = data;
        var name = TakeString(ref rest, CommandCode.Header, "the field name");
        return new HeaderCommand(name, WithoutFinalNul(rest, CommandCode.Header, "the value"));
    }

    public static UnknownCommand Unknown(ReadOnlyMemory<byte> data)
    {
        var rest = data;
        return new UnknownCommand(TakeString(ref rest, CommandCode.Unknown, "the line"));
    }

    /// <summary>argv: the first string is the address, the others stay together, NUL-separated.</summary>
    private static (ReadOnlyMemory<byte> Address, ReadOnlyMemory<byte> Parameters) TakeArguments(ReadOnlyMemory<byte> data, CommandCode command, string what)
    {
        var rest = data;
        var address = TakeString(ref rest, command, what);
        return rest.IsEmpty ? (address, rest) : (address, WithoutFinalNul(rest, command, "the parameters"));
    }

    private static ReadOnlyMemory<byte> TakeString(ref ReadOnlyMemory<byte> rest, CommandCode command, string what)
    {
        var end = rest.Span.IndexOf((byte)0);
        if (end < 0)
        {
            throw Unterminated(command, what);
        }

        var text = rest[..end];
        rest = rest[(end + 1)..];
        return text;
    }

    private static ReadOnlyMemory<byte> WithoutFinalNul(ReadOnlyMemory<byte> rest, CommandCode command, string what) =>
        !rest.IsEmpty && rest.Span[^1] == 0 ? rest[..^1] : throw Unterminated(command, what);

    private static ProtocolException Unterminated(CommandCode command, string what) =>
        new($"{command} has no NUL after {what}.");
}
