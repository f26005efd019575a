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
            output.WriteLine(exception);
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

    private static void Write(string? text, TextWriter output)
    {
        foreach (var c in text ?? string.Empty)
        {
            output.Write(char.IsControl(c) ? '?' : c);
        }
    }
}
