using System.Globalization;
using Pmilter.Policies.Evaluation.Nodes;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that read the clock, in the server's zone.</summary>
internal static class TimeBinding
{
    public static TypedNode? Between(CallBinding call)
    {
        var from = TimeOf(call, 0);
        var to = TimeOf(call, 1);
        if (from is null || to is null)
        {
            return null;
        }

        if (from == to)
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.AlwaysSame(call.Call.Span, false));
        }

        return call.Result(new NamedFactNode<(TimeSpan From, TimeSpan To), bool>(
            (from.Value, to.Value), static (c, span) => IsBetween(c.LocalNow.TimeOfDay, span.From, span.To), call.Call));
    }

    public static TypedNode? DaysSince(CallBinding call)
    {
        if (call.Literal(0, "a date") is not { } text)
        {
            return null;
        }

        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), text, "a date like '2026-03-01'"));
            return null;
        }

        return call.Result(new NamedFactNode<int, double>(
            date.DayNumber, static (c, day) => DateOnly.FromDateTime(c.LocalNow.DateTime).DayNumber - day, call.Call));
    }

    private static bool IsBetween(TimeSpan now, TimeSpan from, TimeSpan to) =>
        from <= to ? now >= from && now < to : now >= from || now < to;

    private static TimeSpan? TimeOf(CallBinding call, int index)
    {
        if (call.Literal(index, "a time of day") is not { } text)
        {
            return null;
        }

        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time.ToTimeSpan();
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(index), text, "a time like '22:00'"));
        return null;
    }
}
