using System.Net;
using CsCheck;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Commands;

public sealed class CommandDecoderTests
{
    [Theory]
    [InlineData("mx\04\u0001\u0002192.0.2.1\0", ClientFamily.Inet, 258, "192.0.2.1", "192.0.2.1")]
    [InlineData("mx\06\0\u0019IPv6:2001:db8:0:0:0:0:0:1\0", ClientFamily.Inet6, 25, "IPv6:2001:db8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("mx\06\0\u0019ipv6:::1\0", ClientFamily.Inet6, 25, "ipv6:::1", "::1")]
    [InlineData("mx\06\0\u00192001:db8::1\0", ClientFamily.Inet6, 25, "2001:db8::1", "2001:db8::1")]
    [InlineData("mx\06\0\u0019::ffff:192.0.2.1\0", ClientFamily.Inet6, 25, "::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("mx\04\0\0unknown\0", ClientFamily.Inet, 0, "unknown", null)]
    [InlineData("mx\04\0\0127\0", ClientFamily.Inet, 0, "127", null)]
    [InlineData("mx\0L\u0001\0/run/s\0", ClientFamily.Unix, 0, "/run/s", null)]
    [InlineData("mx\0U", ClientFamily.Unknown, 0, "", null)]
    [InlineData("mx\0U\0\0\0", ClientFamily.Unknown, 0, "", null)]
    public void Connect_EveryFamily_Decoded(string data, ClientFamily family, int port, string address, string? ip)
    {
        var command = CommandDecoder.Connect(MailText.Encode(data));
        Assert.Equal("mx", MailText.Decode(command.HostName.Span));
        Assert.Equal((family, port, address), (command.Family, command.Port, MailText.Decode(command.Address.Span)));
        Assert.Equal(ip is null ? null : IPAddress.Parse(ip), command.TryGetAddress());
    }

    [Theory]
    [InlineData("")]
    [InlineData("mx")]
    [InlineData("mx\0")]
    [InlineData("mx\0x\0\0a\0")]
    [InlineData("mx\04")]
    [InlineData("mx\04\0")]
    [InlineData("mx\04\0\0192.0.2.1")]
    public void Connect_Broken_Refused(string data) =>
        Assert.Throws<ProtocolException>(() => CommandDecoder.Connect(MailText.Encode(data)));

    [Theory]
    [InlineData("<a@b>\0", "<a@b>", "")]
    [InlineData("<>\0SIZE=1\0SMTPUTF8\0", "<>", "SIZE=1\0SMTPUTF8")]
    public void Mail_Arguments_Split(string data, string sender, string parameters)
    {
        var command = CommandDecoder.Mail(MailText.Encode(data));
        Assert.Equal((sender, parameters), (MailText.Decode(command.Sender.Span), MailText.Decode(command.Parameters.Span)));
    }

    [Fact]
    public void Unterminated_Strings_Refused()
    {
        Assert.Throws<ProtocolException>(() => CommandDecoder.Mail(MailText.Encode("<a@b>")));
        Assert.Throws<ProtocolException>(() => CommandDecoder.Rcpt(MailText.Encode("<a@b>\0SIZE=1")));
        Assert.Throws<ProtocolException>(() => CommandDecoder.Helo(default));
        Assert.Throws<ProtocolException>(() => CommandDecoder.Header(MailText.Encode("A\0")));
        Assert.Throws<ProtocolException>(() => CommandDecoder.Header(MailText.Encode("A\0b")));
        Assert.Throws<ProtocolException>(() => CommandDecoder.Unknown(MailText.Encode("FOO")));
    }

    [Fact]
    public void Header_AnyBytes_ValueIsRaw() =>
        Gen.Byte.Array[0, 50].Sample(value =>
        {
            var command = CommandDecoder.Header((byte[])[(byte)'A', 0, .. value, 0]);
            return command.Value.Span.SequenceEqual(value);
        });

    [Fact]
    public void ClientAddress_AnyBytes_NeverThrows() =>
        Gen.Byte.Array[0, 80].Sample(text => { _ = ClientAddress.TryParse(text); });
}
