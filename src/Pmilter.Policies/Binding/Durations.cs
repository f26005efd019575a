using System.Globalization;

namespace Pmilter.Policies.Binding;

/// <summary>Durations as policies write them: <c>500ms 10s 5m 2h 1d</c>.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    public static bool TryRead(string text, out TimeSpan duration)
    {
        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count < 1_000_000)
            {
                duration = length * count;
                return true;
            }
        }

        duration = default;
        return false;
    }

    /// <summary>In the largest unit that keeps it whole.</summary>
    public static string Show(TimeSpan duration)
    {
        for (var i = Units.Length - 1; i > 0; i--)
        {
            var (unit, length) = Units[i];
            if (duration >= length && duration.Ticks % length.Ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMilliseconds}ms");
    }
}
