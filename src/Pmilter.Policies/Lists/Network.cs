using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Lists;

/// <summary>An address or network as 128 bits: IPv4 as its v4-mapped IPv6 address, so that one table serves both.</summary>
internal readonly record struct Network(UInt128 First, int Prefix)
{
    private const int MappedBits = 96;

    public UInt128 Last => First | HostBits;

    /// <summary>A shift by all 128 bits would shift by none.</summary>
    private UInt128 HostBits => Prefix == 128 ? 0 : UInt128.MaxValue >> Prefix;

    /// <summary>Null when it is not an address or network; the host bits may be set: <see cref="Masked"/>.</summary>
    public static Network? Parse(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        var addressText = slash < 0 ? text : text[..slash];
        if (!IsStrict(addressText) || !IPAddress.TryParse(addressText, out var address))
        {
            return null;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > bits))
        {
            return null;
        }

        return new Network(BitsOf(address), bits == 32 ? prefix + MappedBits : prefix);
    }

    public static UInt128 BitsOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            bytes[10] = 0xff;
            bytes[11] = 0xff;
            address.TryWriteBytes(bytes[12..], out _);
        }
        else
        {
            address.TryWriteBytes(bytes, out _);
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Without its host bits.</summary>
    public Network Masked() => this with { First = First & ~HostBits };

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, First);
        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 && Prefix >= MappedBits
            ? string.Create(CultureInfo.InvariantCulture, $"{address.MapToIPv4()}/{Prefix - MappedBits}")
            : string.Create(CultureInfo.InvariantCulture, $"{address}/{Prefix}");
    }

    /// <summary>IPAddress also reads <c>10</c>, <c>010.0.0.1</c> and <c>0x7f.1</c>: four plain decimal parts, or something with a colon.</summary>
    private static bool IsStrict(ReadOnlySpan<char> text)
    {
        if (text.Contains(':'))
        {
            return !text.ContainsAny("[]%");
        }

        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            parts++;
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || part.ContainsAnyExceptInRange('0', '9'))
            {
                return false;
            }
        }

        return parts == 4;
    }
}
