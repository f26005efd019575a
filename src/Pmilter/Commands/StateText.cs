using System.Globalization;
using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Commands;

/// <summary>Keys, times and amounts of state as tables show them.</summary>
internal static class StateText
{
    public const string ShadowNote = "'~would' marks the copies that only monitor rules read.";

    /// <summary>Parts side by side; nothing that a sender wrote can move the cursor.</summary>
    public static string Key(IReadOnlyList<string> parts) =>
        parts is [""] ? "(no key)" : string.Join(" | ", parts.Select(part => part.Length == 0 ? "''" : DisplayText.Clean(part)));

    public static string Until(DateTimeOffset? until, DateTimeOffset now) => until is { } end
        ? $"{end.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z (in {Span(end - now)})"
        : "lifted by hand only";

    /// <summary>The two largest units: <c>3d 4h</c>.</summary>
    public static string Span(TimeSpan span)
    {
        var text = new StringBuilder();
        var units = 0;
        foreach (var (amount, unit) in new[] { (span.Days, "d"), (span.Hours, "h"), (span.Minutes, "m"), (span.Seconds, "s") })
        {
            if (amount > 0 && units < 2)
            {
                text.Append(units++ > 0 ? " " : string.Empty).Append(CultureInfo.InvariantCulture, $"{amount}{unit}");
            }
        }

        return units == 0 ? "0s" : text.ToString();
    }

    public static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    public static string Bytes(long bytes) => bytes switch
    {
        <= 0 => "-",
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024 * 1024)} MB"),
    };

    /// <summary>As long as the share of the highest; something is never nothing.</summary>
    public static string Bar(double value, double highest, int width = 24) =>
        highest <= 0 || value <= 0 ? string.Empty : new string('█', Math.Max(1, (int)Math.Round(width * value / highest)));
}
