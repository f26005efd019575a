using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>The lines of a list file: comments (<c>#</c>) and blank lines left out, <c>until=… why=…</c> read, expired lines dropped.</summary>
internal sealed class ListLines(DateTimeOffset now, ListDiagnosticLimit diagnostics)
{
    public IEnumerable<ListEntry> Of(SourceText source)
    {
        var text = source.Text;
        var start = 0;
        while (start < text.Length)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            if (Read(new SourceSpan(source, start, end - start), hasComments: true) is { } entry)
            {
                yield return entry;
            }

            start = end + 1;
        }
    }

    /// <summary>Null when the line is empty, a comment or expired.</summary>
    public ListEntry? Read(SourceSpan line, bool hasComments)
    {
        var written = line.Source.Text.AsSpan(line.Start, line.Length);
        var lead = written.Length - written.TrimStart().Length;
        var entry = written.Trim();
        if (hasComments)
        {
            entry = WithoutComment(entry).TrimEnd();
        }

        var tail = TailOf(entry);
        var text = entry[..tail].TrimEnd();
        if (text.IsEmpty)
        {
            return null;
        }

        var span = line with { Start = line.Start + lead, Length = text.Length };
        return tail < entry.Length && IsExpired(entry[tail..], text, line with { Start = line.Start + lead + tail, Length = entry.Length - tail })
            ? null
            : new ListEntry(text.ToString(), span);
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> entry)
    {
        for (var i = 0; i < entry.Length; i++)
        {
            if (entry[i] == '#' && (i == 0 || char.IsWhiteSpace(entry[i - 1])))
            {
                return entry[..i];
            }
        }

        return entry;
    }

    private static int TailOf(ReadOnlySpan<char> entry)
    {
        var until = entry.IndexOf(" until=", StringComparison.Ordinal);
        var why = entry.IndexOf(" why=", StringComparison.Ordinal);
        return until >= 0 && why >= 0 ? Math.Min(until, why) : Math.Max(until, why) is >= 0 and var one ? one : entry.Length;
    }

    /// <summary>A date counts to its end in UTC.</summary>
    private bool IsExpired(ReadOnlySpan<char> tail, ReadOnlySpan<char> text, SourceSpan span)
    {
        const string marker = " until=";
        var at = tail.IndexOf(marker, StringComparison.Ordinal);
        if (at < 0)
        {
            return false;
        }

        var rest = tail[(at + marker.Length)..];
        var length = rest.IndexOf(' ');
        var written = (length < 0 ? rest : rest[..length]).ToString();
        if (!TryReadMoment(written, out var until))
        {
            diagnostics.Add(ListDiagnostics.BadTail(span, written));
            return false;
        }

        if (until > now)
        {
            return false;
        }

        diagnostics.Add(ListDiagnostics.Expired(span, text.ToString(), written));
        return true;
    }

    private static bool TryReadMoment(string written, out DateTimeOffset moment)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal;
        if (DateTimeOffset.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, utc, out var day) && day.Year < 9999)
        {
            moment = day.AddDays(1);
            return true;
        }

        var zoned = written.EndsWith('Z') ? written[..^1] + "+00:00" : written;
        return DateTimeOffset.TryParseExact(zoned, ["yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz"], CultureInfo.InvariantCulture, DateTimeStyles.None, out moment);
    }
}
