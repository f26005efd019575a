using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pmilter.Protocol.Commands;

/// <summary>The client's IP address as MTAs write it.</summary>
public static class ClientAddress
{
    private const int LongestText = 64;

    private static readonly SearchValues<char> DottedDecimal = SearchValues.Create("0123456789.");

    private static ReadOnlySpan<byte> Ipv6Tag => "IPv6:"u8;

    /// <summary>
    /// Reads the address of a CONNECT command or of the macro <c>client_addr</c>; null when there is none to read: Postfix sends
    /// family 4 with the text <c>unknown</c> when a proxy hides it. Sendmail's <c>IPv6:</c> tag, in any case, is taken off.
    /// An IPv4 address mapped into IPv6 comes back as IPv4.
    /// </summary>
    public static IPAddress? TryParse(ReadOnlySpan<byte> text)
    {
        var isTagged = text.Length > Ipv6Tag.Length && Ascii.EqualsIgnoreCase(text[..Ipv6Tag.Length], Ipv6Tag);
        if (isTagged)
        {
            text = text[Ipv6Tag.Length..];
        }

        Span<char> chars = stackalloc char[LongestText];
        if (text.Length is 0 or > LongestText
            || Ascii.ToUtf16(text, chars, out var length) != OperationStatus.Done
            || !IPAddress.TryParse(chars[..length], out var address)
            || !IsDottedOrColoned(chars[..length], address))
        {
            return null;
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>IPAddress takes <c>127</c> and <c>0x7f.1</c> for IPv4; an MTA never writes these.</summary>
    private static bool IsDottedOrColoned(ReadOnlySpan<char> text, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 || (text.Count('.') == 3 && !text.ContainsAnyExcept(DottedDecimal));
}

/// <summary>The client's address out of the command.</summary>
public static class ConnectCommandExtensions
{
    /// <summary>The IP address; null for a Unix socket, an unknown client and text that is no address.</summary>
    public static IPAddress? TryGetAddress(this ConnectCommand command) =>
        command.Family is ClientFamily.Inet or ClientFamily.Inet6 ? ClientAddress.TryParse(command.Address.Span) : null;
}
