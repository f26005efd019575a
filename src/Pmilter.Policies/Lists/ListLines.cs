using System.Globalization;

namespace Pmilter.Policies.Lists;

/// <summary>What a line says: comments (<c>#</c>) and blank lines left out, <c>until=… why=…</c> read, expired entries dropped.</summary>
internal sealed class ListLines(DateTimeOffset now, ListDiagnosticLimit diagnostics)
{
    private const string UntilMark = " until=";
    private const string WhyMark = " why=";

    /// <summary>When the first of the entries read expires; null when none will.</summary>
    public DateTimeOffset? ExpiresNext { get; private set; }

    /// <summary>False when the line is empty, a comment or expired.</summary>
    public bool TryRead(ListLine line, bool hasComments, out ListEntry entry)
    {
        var written = line.Text;
        var lead = written.Length - written.TrimStart().Length;
        var text = written.Trim();
        text = hasComments ? WithoutComment(text).TrimEnd() : text;
        var tail = TailOf(text);
        var length = text[..tail].TrimEnd().Length;
        entry = new ListEntry(line, lead, length, tail < text.Length ? WhyOf(text[tail..]) : []);
        return length > 0 && (tail == text.Length || !IsExpired(text[tail..], entry.Text, line, lead + tail));
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (text[from..].IndexOf('#') is >= 0 and var next)
        {
            var at = from + next;
            if (at == 0 || char.IsWhiteSpace(text[at - 1]))
            {
                return text[..at];
            }

            from = at + 1;
        }

        return text;
    }

    private static int TailOf(ReadOnlySpan<char> text)
    {
        if (!text.Contains('='))
        {
            return text.Length;
        }

        var until = text.IndexOf(UntilMark, StringComparison.Ordinal);
        var why = text.IndexOf(WhyMark, StringComparison.Ordinal);
        return until >= 0 && why >= 0 ? Math.Min(until, why) : Math.Max(until, why) is >= 0 and var one ? one : text.Length;
    }

    private static ReadOnlySpan<char> WhyOf(ReadOnlySpan<char> tail)
    {
        var at = tail.IndexOf(WhyMark, StringComparison.Ordinal);
        if (at < 0)
        {
            return [];
        }

        var why = tail[(at + WhyMark.Length)..];
        var end = why.IndexOf(UntilMark, StringComparison.Ordinal);
        return (end < 0 ? why : why[..end]).Trim();
    }

    /// <summary>A date counts to its end in UTC.</summary>
    private bool IsExpired(ReadOnlySpan<char> tail, ReadOnlySpan<char> text, ListLine line, int start)
    {
        var at = tail.IndexOf(UntilMark, StringComparison.Ordinal);
        if (at < 0)
        {
            return false;
        }

        var rest = tail[(at + UntilMark.Length)..];
        var length = rest.IndexOf(' ');
        var written = (length < 0 ? rest : rest[..length]).ToString();
        if (!TryReadMoment(written, out var until))
        {
            diagnostics.Add(ListDiagnostics.BadTail(line.SpanOf(start, tail.Length), written));
            return false;
        }

        if (until > now)
        {
            ExpiresNext = ExpiresNext < until ? ExpiresNext : until;
            return false;
        }

        diagnostics.Add(ListDiagnostics.Expired(line.SpanOf(start, tail.Length), text.ToString(), written));
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
