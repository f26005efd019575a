using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace Pmilter.Telemetry;

/// <summary>One line an event: time and level, or under journald, which has both, its priority alone.</summary>
internal sealed class LineFormatter(bool isJournal) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (isJournal)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"<{LogLevels.Priority(logEvent.Level)}>"));
        }
        else
        {
            output.Write(logEvent.Timestamp.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture));
            output.Write(' ');
            output.Write(LogLevels.Word(logEvent.Level));
            output.Write(' ');
        }

        WriteMessage(logEvent, output);
        output.WriteLine();
        if (logEvent.Exception is { } exception)
        {
            WriteException(exception, output);
        }
    }

    /// <summary>Texts without quotes, and no line breaks out of mail: a header must not write a log line of its own.</summary>
    private static void WriteMessage(LogEvent logEvent, TextWriter output)
    {
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is Serilog.Parsing.PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value))
            {
                Write(value is ScalarValue { Value: var scalar } ? Convert.ToString(scalar, CultureInfo.InvariantCulture) : value.ToString(), output);
                continue;
            }

            output.Write(token);
        }
    }

    /// <summary>Its lines stay lines: they are ours, and what they quote may not be.</summary>
    private static void WriteException(Exception exception, TextWriter output)
    {
        foreach (var line in exception.ToString().AsSpan().EnumerateLines())
        {
            Write(line, output);
            output.WriteLine();
        }
    }

    private static void Write(ReadOnlySpan<char> text, TextWriter output)
    {
        foreach (var c in text)
        {
            output.Write(IsHarmless(c) ? c : '?');
        }
    }

    /// <summary>Line ends, escape sequences and what turns the direction of a line around come from whoever sends mail.</summary>
    private static bool IsHarmless(char c) => c is >= ' ' and < '\x7f' || char.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
