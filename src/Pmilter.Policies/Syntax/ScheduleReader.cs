using System.Collections.Immutable;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads <c>schedule: { days: [mon-fri], from: '08:00', to: '19:00', zone: Asia/Tokyo }</c>; without days every day, without times the whole day.</summary>
internal static class ScheduleReader
{
    public static ScheduleSyntax? Read(MappingReader rule)
    {
        if (rule.Nested("schedule", "{ days, from, to, zone }") is not { } mapping)
        {
            return null;
        }

        var schedule = new MappingReader(mapping, RuleKeys.Schedule, rule.Diagnostics);
        var days = schedule.Has("days") ? ReadDays(schedule) : [.. Enum.GetValues<DayOfWeek>()];
        return new ScheduleSyntax(days, ReadTime(schedule, "from"), ReadTime(schedule, "to"), ReadZone(schedule), mapping.Span);
    }

    private static TimeOnly ReadTime(MappingReader schedule, string key) =>
        schedule.Scalar(key, "a time of day") is { } scalar ? ValueReader.TimeOfDay(key, scalar, schedule.Diagnostics) ?? TimeOnly.MinValue : TimeOnly.MinValue;

    private static Located<string>? ReadZone(MappingReader schedule)
    {
        if (schedule.Scalar("zone", "a time zone") is not { } scalar)
        {
            return null;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(scalar.Value, out _))
        {
            schedule.Diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, "zone", scalar.Value, "a time zone that this machine knows, such as Asia/Tokyo or UTC"));
        }

        return new Located<string>(scalar.Value, scalar.Span);
    }

    private static ImmutableHashSet<DayOfWeek> ReadDays(MappingReader schedule)
    {
        var days = ImmutableHashSet.CreateBuilder<DayOfWeek>();
        foreach (var scalar in schedule.Scalars("days", "a list of days such as [mon-fri, sun]"))
        {
            var ends = scalar.Value.Split('-');
            var first = IndexOf(ends[0]);
            var last = ends.Length == 2 ? IndexOf(ends[1]) : first;
            if (first < 0 || last < 0 || ends.Length > 2)
            {
                var words = PolicyWords.Days.Select(day => day.Word).ToArray();
                schedule.Diagnostics.Add(ShapeDiagnostics.BadValue(
                    scalar.Span, "days", scalar.Value, $"{ValueReader.Join(words)}, or a span such as mon-fri", Suggestion.For(scalar.Value, words)));
                continue;
            }

            for (var i = first; ; i = (i + 1) % PolicyWords.Days.Length)
            {
                days.Add(PolicyWords.Days[i].Value);
                if (i == last)
                {
                    break;
                }
            }
        }

        return days.ToImmutable();
    }

    private static int IndexOf(string word)
    {
        var trimmed = word.Trim();
        return PolicyWords.Days.Select(day => day.Word).ToList().IndexOf(trimmed);
    }
}
