using System.Globalization;
using System.Net;
using System.Text;

namespace Pmilter.Greylisting;

/// <summary>
/// Reads what other greylists keep: milter-greylist's dump file, and a database of postgrey as <c>db_dump -p</c> prints it. Only tuples that
/// have passed; those that wait are delayed once more.
/// </summary>
internal static class GreylistDump
{
    private const string DumpData = "HEADER=END";

    /// <summary>postgrey's own delay: who came again after it has passed.</summary>
    private const long PostgreyDelaySeconds = 300;

    /// <param name="ignored">Lines that are none of the two.</param>
    public static IReadOnlyList<KnownTuple> Read(IEnumerable<string> lines, out int ignored)
    {
        string[] all = [.. lines];
        var data = Array.IndexOf(all, DumpData);
        return data >= 0 ? Postgrey(all.AsSpan(data + 1), out ignored) : MilterGreylist(all, out ignored);
    }

    /// <summary><c>203.0.113.9 &lt;a@b.example&gt; &lt;c@d.example&gt; 1772420000 AUTO # …</c>; the time is the end of the whitelisting.</summary>
    private static List<KnownTuple> MilterGreylist(string[] lines, out int ignored)
    {
        var tuples = new List<KnownTuple>();
        ignored = 0;
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 4 || !IPAddress.TryParse(words[0], out _) || !long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                ignored++;
            }
            else if (words.Length > 4 && words[4] == "AUTO")
            {
                tuples.Add(new KnownTuple(words[0], words[1].Trim('<', '>'), words[2].Trim('<', '>'), DateTimeOffset.FromUnixTimeSeconds(seconds)));
            }
        }

        return tuples;
    }

    /// <summary>A line <c> 203.0.113.0/a@b.example/c@d.example</c>, and below it the first and the last time.</summary>
    private static List<KnownTuple> Postgrey(ReadOnlySpan<string> lines, out int ignored)
    {
        var tuples = new List<KnownTuple>();
        ignored = 0;
        for (var i = 0; i + 1 < lines.Length && lines[i].StartsWith(' '); i += 2)
        {
            var key = Unescaped(lines[i][1..]).Split('/');
            var times = lines[i + 1].Trim().Split(',');
            if (key.Length < 3 || times.Length < 2 || !IPAddress.TryParse(key[0], out _)
                || !long.TryParse(times[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !long.TryParse(times[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            {
                ignored++;
            }
            else if (last - first >= PostgreyDelaySeconds)
            {
                // A sender may hold a slash, an address does not.
                tuples.Add(new KnownTuple(key[0], string.Join('/', key[1..^1]), key[^1], null));
            }
        }

        return tuples;
    }

    /// <summary><c>\2f</c> is a byte, two backslashes are one.</summary>
    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 2;
                continue;
            }

            i += text[i] == '\\' ? 1 : 0;
            plain.Append(i < text.Length ? text[i] : '\\');
        }

        return plain.ToString();
    }
}
