using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Scalars to values, each with its unit written out; null and a diagnostic when it is something else. Culture plays no part.</summary>
public static class ValueReader
{
    /// <summary><c>20ms 10s 5m 2h 7d</c>, within a range.</summary>
    public static TimeSpan? Duration(string key, YamlScalar scalar, TimeSpan least, TimeSpan most, DiagnosticBag diagnostics)
    {
        var number = Number(scalar.Value, out var unit);
        double? seconds = unit switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => null };
        if (number is null || seconds is null || number * seconds > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            var hint = number is not null && unit.Length == 0 ? $"write {scalar.Value}s for seconds" : null;
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a duration such as 10s, 5m, 2h or 7d", hint));
            return null;
        }

        var value = TimeSpan.FromMilliseconds(Math.Round(number.Value * seconds.Value * 1000));
        if (value < least || value > most)
        {
            diagnostics.Add(ShapeDiagnostics.OutOfRange(scalar.Span, key, scalar.Value, $"between {Show(least)} and {Show(most)}"));
            return null;
        }

        return value;
    }

    /// <summary>Bytes: <c>1048576</c>, <c>256kB</c>, <c>64MB</c>, <c>1GB</c>; units of 1024.</summary>
    public static long? Size(string key, YamlScalar scalar, long least, long most, DiagnosticBag diagnostics)
    {
        var number = Number(scalar.Value, out var unit);
        double? factor = unit.ToLowerInvariant() switch { "" or "b" => 1, "k" or "kb" => 1024, "m" or "mb" => 1048576, "g" or "gb" => 1073741824, _ => null };
        if (number * factor is not { } bytes || bytes > long.MaxValue / 2)
        {
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a size such as 256kB or 64MB"));
            return null;
        }

        var value = (long)bytes;
        if (value < least || value > most)
        {
            diagnostics.Add(ShapeDiagnostics.OutOfRange(scalar.Span, key, scalar.Value, string.Create(CultureInfo.InvariantCulture, $"between {least} and {most} bytes")));
            return null;
        }

        return value;
    }

    public static int? Integer(string key, YamlScalar scalar, int least, int most, DiagnosticBag diagnostics)
    {
        if (!int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a whole number"));
            return null;
        }

        if (value < least || value > most)
        {
            diagnostics.Add(ShapeDiagnostics.OutOfRange(scalar.Span, key, scalar.Value, string.Create(CultureInfo.InvariantCulture, $"between {least} and {most}")));
            return null;
        }

        return value;
    }

    /// <summary><c>30%</c> as 0.3.</summary>
    public static double? Percent(string key, YamlScalar scalar, DiagnosticBag diagnostics)
    {
        var number = Number(scalar.Value, out var unit);
        if (number is null || unit != "%" || number > 100)
        {
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a share between 0% and 100%"));
            return null;
        }

        return number / 100;
    }

    public static bool? Bool(string key, YamlScalar scalar, DiagnosticBag diagnostics)
    {
        if (scalar.Style == YamlStyle.Plain && scalar.Value is "true" or "false")
        {
            return scalar.Value == "true";
        }

        diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "true or false"));
        return null;
    }

    public static Located<T>? Choice<T>(string key, YamlScalar scalar, IReadOnlyList<(string Word, T Value)> choices, DiagnosticBag diagnostics)
    {
        foreach (var (word, value) in choices)
        {
            if (scalar.Value == word)
            {
                return new Located<T>(value, scalar.Span);
            }
        }

        var words = choices.Select(choice => choice.Word).ToArray();
        diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, Join(words), Suggestion.For(scalar.Value, words)));
        return null;
    }

    /// <summary>A moment with its zone: <c>2026-06-01T09:00+09:00</c>, <c>2026-06-01T00:00Z</c>.</summary>
    public static DateTimeOffset? Moment(string key, YamlScalar scalar, DiagnosticBag diagnostics)
    {
        string[] formats = ["yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd' 'HH:mmzzz", "yyyy-MM-dd' 'HH:mm:sszzz"];
        var text = scalar.Value.EndsWith('Z') ? scalar.Value[..^1] + "+00:00" : scalar.Value;
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value))
        {
            return value;
        }

        diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a time with its zone", "write 2026-06-01T09:00+09:00 or 2026-06-01T00:00Z"));
        return null;
    }

    /// <summary><c>08:00</c>; 24:00 is midnight.</summary>
    public static TimeOnly? TimeOfDay(string key, YamlScalar scalar, DiagnosticBag diagnostics)
    {
        if (scalar.Value == "24:00")
        {
            return TimeOnly.MinValue;
        }

        if (TimeOnly.TryParseExact(scalar.Value, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value))
        {
            return value;
        }

        diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, "a time of day such as '08:00'"));
        return null;
    }

    /// <summary>For messages: the largest unit that divides it.</summary>
    public static string Show(TimeSpan value)
    {
        (long Ticks, string Unit)[] units = [(TimeSpan.TicksPerDay, "d"), (TimeSpan.TicksPerHour, "h"), (TimeSpan.TicksPerMinute, "m"), (TimeSpan.TicksPerSecond, "s")];
        foreach (var (ticks, unit) in units)
        {
            if (value.Ticks != 0 && value.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / ticks}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / TimeSpan.TicksPerMillisecond}ms");
    }

    internal static string Join(IReadOnlyList<string> words) => words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";

    private static double? Number(string text, out string unit)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        unit = text[end..].Trim();
        return double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
