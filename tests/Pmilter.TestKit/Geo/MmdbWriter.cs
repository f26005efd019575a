using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Pmilter.TestKit.Geo;

/// <summary>Writes a small MaxMind-format file: v4 and v6 in one tree, 32-bit records; values are maps, text, uint or long.</summary>
public sealed class MmdbWriter(string databaseType, DateTimeOffset builtAt)
{
    private const int Empty = -1;

    private readonly List<int[]> _nodes = [[Empty, Empty]];
    private readonly List<byte> _data = [];

    /// <summary>Later networks must not contain earlier ones.</summary>
    public MmdbWriter Add(string network, IReadOnlyDictionary<string, object> record)
    {
        var parsed = IPNetwork.Parse(network);
        var bits = parsed.BaseAddress.GetAddressBytes();
        var isVersion4 = bits.Length == 4;
        var path = isVersion4 ? [.. new byte[12], .. bits] : bits;
        var length = parsed.PrefixLength + (isVersion4 ? 96 : 0);
        var node = 0;
        for (var i = 0; i < length - 1; i++)
        {
            ref var next = ref _nodes[node][Bit(path, i)];
            if (next == Empty)
            {
                next = _nodes.Count;
                _nodes.Add([Empty, Empty]);
            }

            node = next;
        }

        // Leaves are kept below −1 until the number of nodes is known.
        _nodes[node][Bit(path, length - 1)] = -2 - _data.Count;
        Write(_data, record);
        return this;
    }

    public byte[] ToArray()
    {
        var file = new List<byte>();
        Span<byte> record = stackalloc byte[4];
        foreach (var side in _nodes.SelectMany(node => node))
        {
            var value = side >= 0 ? side : side == Empty ? _nodes.Count : _nodes.Count + 16 + (-2 - side);
            BinaryPrimitives.WriteInt32BigEndian(record, value);
            file.AddRange(record);
        }

        file.AddRange(new byte[16]);
        file.AddRange(_data);
        file.AddRange([0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8]);
        Write(file, new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["binary_format_major_version"] = (ushort)2,
            ["binary_format_minor_version"] = (ushort)0,
            ["build_epoch"] = (ulong)builtAt.ToUnixTimeSeconds(),
            ["database_type"] = databaseType,
            ["description"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["en"] = "test data" },
            ["ip_version"] = (ushort)6,
            ["languages"] = Array.Empty<string>(),
            ["node_count"] = (uint)_nodes.Count,
            ["record_size"] = (ushort)32,
        });
        return [.. file];
    }

    private static int Bit(byte[] path, int index) => (path[index / 8] >> (7 - (index % 8))) & 1;

    private static void Write(List<byte> to, object value)
    {
        switch (value)
        {
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                Control(to, 2, bytes.Length);
                to.AddRange(bytes);
                break;
            case ushort number:
                Number(to, 5, number);
                break;
            case uint number:
                Number(to, 6, number);
                break;
            case ulong number:
                Number(to, 9, number);
                break;
            case string[] texts:
                Control(to, 11, texts.Length);
                break;
            case IReadOnlyDictionary<string, object> map:
                Control(to, 7, map.Count);
                foreach (var (key, item) in map)
                {
                    Write(to, key);
                    Write(to, item);
                }

                break;
            default:
                throw new ArgumentException($"Cannot write a {value.GetType().Name}.", nameof(value));
        }
    }

    private static void Number(List<byte> to, int type, ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        var significant = bytes.TrimStart((byte)0);
        Control(to, type, significant.Length);
        to.AddRange(significant);
    }

    private static void Control(List<byte> to, int type, int size)
    {
        // Sizes from 29 on carry one more byte; types from 8 on stand in a byte of their own.
        var first = size < 29 ? size : 29;
        to.Add((byte)(type < 8 ? (type << 5) | first : first));
        if (type >= 8)
        {
            to.Add((byte)(type - 7));
        }

        if (size >= 29)
        {
            to.Add((byte)(size - 29));
        }
    }
}
