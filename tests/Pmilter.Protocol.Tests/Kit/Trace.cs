using System.Globalization;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>A recorded connection.</summary>
internal sealed record Trace(IReadOnlyList<TracePacket> Packets)
{
    public byte[] Input => [.. Packets.Where(p => p.IsFromMta).SelectMany(p => p.Bytes)];

    /// <summary>The packets grouped as they arrived in one read.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Reads =>
        Packets.Where(p => p.IsFromMta).GroupBy(p => p.Read).Select(g => new ReadOnlyMemory<byte>([.. g.SelectMany(p => p.Bytes)]));

    public static Trace Load(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Traces", name));
        var packets = new List<TracePacket>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 2 && lines[i][0] is '<' or '>')
            {
                var read = lines[i + 1].Split(' ')[1][2..];
                packets.Add(new TracePacket(lines[i][0] == '>', Convert.FromHexString(lines[i][2..]), int.Parse(read, CultureInfo.InvariantCulture)));
            }
        }

        return new Trace(packets);
    }

    public static TheoryData<string> All()
    {
        var root = Path.Combine(AppContext.BaseDirectory, "Traces");
        var names = Directory.EnumerateFiles(root, "*.trace", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal);
        var data = new TheoryData<string>();
        foreach (var name in names)
        {
            data.Add(name);
        }

        return data;
    }
}

internal sealed partial record TracePacket(bool IsFromMta, byte[] Bytes, int Read);
