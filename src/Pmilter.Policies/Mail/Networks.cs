using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Mail;

/// <summary>Networks as text: <c>203.0.113.0/24</c>.</summary>
public static class Networks
{
    /// <summary>The network of so many bits around an address.</summary>
    public static string Of(IPAddress address, int bits4, int bits6)
    {
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? bits4 : bits6;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length))
        {
            return string.Empty;
        }

        bits = Math.Clamp(bits, 0, length * 8);
        for (var i = 0; i < length; i++)
        {
            var kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes[..length])}/{bits}");
    }

    /// <summary>Null for what is none; IPv4 in IPv6 clothes is IPv4.</summary>
    public static IPAddress? TryParseAddress(string text)
    {
        // IPAddress reads "1" and "0x7f.1" as addresses.
        var isAddress = (text.Contains(':', StringComparison.Ordinal) || text.AsSpan().Count('.') == 3) && !text.Contains('%', StringComparison.Ordinal);
        return !isAddress || !IPAddress.TryParse(text, out var address) ? null : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    /// <summary>Reads an address or a network; one with bits behind its mask is refused, for it is a slip more often than not.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (text.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
        {
            return IPNetwork.TryParse(text, out network)
                && IPAddress.TryParse(text.AsSpan(0, slash), out var written) && written.Equals(network.BaseAddress);
        }

        network = default;
        if (!text.Contains(':', StringComparison.Ordinal) && text.AsSpan().Count('.') != 3)
        {
            return false;
        }

        if (!IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        network = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }
}
