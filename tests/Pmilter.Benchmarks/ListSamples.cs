using System.Globalization;
using System.Net;
using System.Text;

namespace Pmilter.Benchmarks;

/// <summary>Made-up list files of unique entries, the same ones in each run.</summary>
internal static class ListSamples
{
    /// <summary>Three of four are IPv4, /16 to /32; the rest IPv6, /32 to /128.</summary>
    public static string Networks(int count)
    {
        var random = new Random(1);
        var seen = new HashSet<string>(count, StringComparer.Ordinal);
        var text = new StringBuilder(count * 22);
        while (seen.Count < count)
        {
            var isSix = random.Next(4) == 0;
            var prefix = isSix ? 32 + random.Next(97) : 16 + random.Next(17);
            var bytes = new byte[isSix ? 16 : 4];
            random.NextBytes(bytes);
            if (isSix)
            {
                bytes[0] = 0x20;
                bytes[1] = 0x01;
            }

            for (var bit = prefix; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            }

            var entry = string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{prefix}");
            if (seen.Add(entry))
            {
                text.Append(entry).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Every other one with a leading dot.</summary>
    public static string Domains(int count) => Lines(count, static (i, random) => $"{(i % 2 == 0 ? string.Empty : ".")}{Word(random)}{i}.{Word(random)}.{Top(random)}");

    public static string Addresses(int count) => Lines(count, static (i, random) => i % 10 == 0 ? $"@{Word(random)}{i}.example" : $"{Word(random)}.{i}@{Word(random)}.{Top(random)}");

    private static string Lines(int count, Func<int, Random, string> line)
    {
        var random = new Random(1);
        var text = new StringBuilder(count * 24);
        for (var i = 0; i < count; i++)
        {
            text.Append(line(i, random)).Append('\n');
        }

        return text.ToString();
    }

    private static string Top(Random random) => random.Next(4) switch { 0 => "com", 1 => "net", 2 => "co.jp", _ => "de" };

    private static string Word(Random random)
    {
        Span<char> word = stackalloc char[3 + random.Next(6)];
        foreach (ref var c in word)
        {
            c = (char)('a' + random.Next(26));
        }

        return word.ToString();
    }
}
