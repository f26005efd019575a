using System.Collections.Immutable;

namespace Pmilter.Policies.Evaluation;

/// <summary>Days and hours in a zone. A span over midnight belongs to the day on which it begins.</summary>
internal sealed class ScheduleNode(ImmutableHashSet<DayOfWeek> days, TimeOnly from, TimeOnly to, TimeZoneInfo? zone)
{
    public bool Covers(DateTimeOffset now, TimeZoneInfo serverZone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone ?? serverZone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        if (from <= to)
        {
            return days.Contains(local.DayOfWeek) && time >= from && (time < to || from == to);
        }

        if (time >= from)
        {
            return days.Contains(local.DayOfWeek);
        }

        return time < to && days.Contains(local.AddDays(-1).DayOfWeek);
    }
}
