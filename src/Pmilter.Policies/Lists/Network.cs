using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Lists;

/// <summary>An address or network as 128 bits: IPv4 as its v4-mapped IPv6 address, so that one table serves both.</summary>
internal readonly record struct Network(UInt128 First, int Prefix)
{
    /// <summary>How much longer the prefix of an IPv4 network is as an IPv6 one.</summary>
    public const int MappedBits = 96;

    /// <summary><c>::ffff:0.0.0.0</c>.</summary>
    public static UInt128 MappedFirst { get; } = (UInt128)0xFFFF << 32;

    /// <summary>Whether it is an IPv4 network.</summary>
    public bool IsFour => Prefix >= MappedBits && IsMapped(First);

    public UInt128 Last => First | HostBits;

    /// <summary>A shift by all 128 bits would shift by none.</summary>
    private UInt128 HostBits => Prefix == 128 ? 0 : UInt128.MaxValue >> Prefix;

    /// <summary>Null when it is not an address or network; the host bits may be set: <see cref="Masked"/>.</summary>
    public static Network? Parse(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        var addressText = slash < 0 ? text : text[..slash];
        if (!TryParseFour(addressText, out var address) && !TryParseSix(addressText, out address))
        {
            return null;
        }

        var bits = addressText.Contains(':') ? 128 : 32;
        var prefix = bits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > bits))
        {
            return null;
        }

        return new Network(address, bits == 32 ? prefix + MappedBits : prefix);
    }

    public static bool IsMapped(UInt128 bits) => bits >> 32 == 0xFFFF;

    public static Network Mapped(uint first, int prefix) => new(MappedFirst | first, prefix + MappedBits);

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

    /// <summary>IPAddress also reads <c>10</c>, <c>010.0.0.1</c> and <c>0x7f.1</c>: here four plain decimal parts.</summary>
    private static bool TryParseFour(ReadOnlySpan<char> text, out UInt128 bits)
    {
        var parts = 0;
        var address = 0U;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                bits = 0;
                return false;
            }

            parts++;
            address = (address << 8) | value;
        }

        bits = MappedFirst | address;
        return parts == 4;
    }

    private static bool TryParseSix(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = 0;
        if (!text.Contains(':') || text.ContainsAny("[]%") || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        bits = BitsOf(address);
        return true;
    }
}
