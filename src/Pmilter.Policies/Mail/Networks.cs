using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Mail;

/// <summary>Networks as text: <c>203.0.113.0/24</c>.</summary>
internal static class Networks
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

    /// <summary>Reads an address or a network; one with bits behind its mask is refused.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out network);
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
