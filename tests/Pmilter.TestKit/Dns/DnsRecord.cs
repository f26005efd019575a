using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Pmilter.TestKit.Dns;

/// <summary>A record as it goes over the wire.</summary>
/// <param name="Type">RFC 1035 3.2.2.</param>
/// <param name="Ttl">In seconds.</param>
/// <param name="Content">RDATA; names in it are not compressed.</param>
public sealed record DnsRecord(ushort Type, int Ttl, byte[] Content)
{
    public const ushort A = 1;
    public const ushort Cname = 5;
    public const ushort Soa = 6;
    public const ushort Ptr = 12;
    public const ushort Mx = 15;
    public const ushort Txt = 16;
    public const ushort Aaaa = 28;

    public static DnsRecord Address(string address, int ttl = 300) =>
        IPAddress.Parse(address) is var ip && ip.GetAddressBytes() is { Length: 4 } four ? new(A, ttl, four) : new(Aaaa, ttl, ip.GetAddressBytes());

    public static DnsRecord Alias(string name, int ttl = 300) => new(Cname, ttl, Name(name));

    public static DnsRecord Pointer(string name, int ttl = 300) => new(Ptr, ttl, Name(name));

    public static DnsRecord Exchange(int preference, string host, int ttl = 300) => new(Mx, ttl, [(byte)(preference >> 8), (byte)preference, .. Name(host)]);

    public static DnsRecord Text(params string[] strings) => new(Txt, 300, [.. strings.SelectMany(s => (byte[])[(byte)s.Length, .. Encoding.ASCII.GetBytes(s)])]);

    /// <summary>For negative answers (RFC 2308).</summary>
    public static DnsRecord Authority(int ttl, int minimum)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(16), minimum);
        return new(Soa, ttl, [.. Name("ns.example"), .. Name("host.example"), .. numbers]);
    }

    public static byte[] Name(string name)
    {
        var bytes = new List<byte>();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }

        bytes.Add(0);
        return [.. bytes];
    }
}
