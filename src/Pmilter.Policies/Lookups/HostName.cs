using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pmilter.Policies.Lists;

namespace Pmilter.Policies.Lookups;

/// <summary>Names that the DNS can be asked about.</summary>
internal static class HostName
{
    public const int MostCharacters = 253;
    private const int MostLabelCharacters = 63;

    /// <summary>A list's zone must leave room for a reversed IPv6 address before it.</summary>
    public const int MostZoneCharacters = MostCharacters - 64;

    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Lower case, A-labels, no final dot; null for what is no name: an address, an address literal, empty labels, other characters.</summary>
    public static string? Read(string text)
    {
        var name = DomainText.Normalize(text.Trim());
        if (name.Length is 0 or > MostCharacters)
        {
            return null;
        }

        var last = default(Range);
        foreach (var label in name.AsSpan().Split('.'))
        {
            var characters = name.AsSpan()[label];
            if (characters.Length is 0 or > MostLabelCharacters || characters.ContainsAnyExcept(Characters))
            {
                return null;
            }

            last = label;
        }

        // No top-level domain is a number (RFC 3696 2): it is an address.
        return name.AsSpan()[last].ContainsAnyExceptInRange('0', '9') ? name : null;
    }

    /// <summary>An address back to front, as lists and pointers have it: <c>9.113.0.203</c>, nibbles for IPv6.</summary>
    public static string Reversed(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var text = new StringBuilder(64);
        for (var i = length - 1; i >= 0; i--)
        {
            if (text.Length > 0)
            {
                text.Append('.');
            }

            if (address.AddressFamily == AddressFamily.InterNetwork)
            {
                text.Append(bytes[i]);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{bytes[i] & 0xF:x}.{bytes[i] >> 4:x}");
            }
        }

        return text.ToString();
    }

    /// <summary>The name under which an address has its pointer.</summary>
    public static string Pointer(IPAddress address) =>
        $"{Reversed(address)}.{(address.AddressFamily == AddressFamily.InterNetwork ? "in-addr.arpa" : "ip6.arpa")}";
}
