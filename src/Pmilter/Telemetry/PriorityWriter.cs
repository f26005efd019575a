using System.Globalization;
using System.Text;

namespace Pmilter.Telemetry;

/// <summary>Puts syslog's priority before each line, for what is said before there is a log: why the server does not start.</summary>
internal sealed class PriorityWriter(TextWriter output) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <summary>syslog(3)'s number for errors.</summary>
    public const int Error = 3;

    /// <summary>syslog(3)'s number for warnings.</summary>
    public const int Warning = 4;

    private bool _isInLine;

    public override Encoding Encoding => output.Encoding;

    /// <summary>Of the lines that follow.</summary>
    public int Priority { get; set; } = Error;

    public override void Write(char value)
    {
        if (!_isInLine)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"<{Priority}>"));
        }

        _isInLine = value != '\n';
        output.Write(value);
    }

    public override void Flush() => output.Flush();
}
