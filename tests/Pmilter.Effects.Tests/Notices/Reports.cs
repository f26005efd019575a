using Pmilter.Effects.Notices;

namespace Pmilter.Effects.Tests.Notices;

/// <summary>Notices to send.</summary>
internal static class Reports
{
    public static NoticeReport Of(string text = "Ban p/b of alice") => new()
    {
        Id = "n-1",
        Target = "oncall",
        Host = "mx1",
        Time = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero),
        Text = text,
        Event = "ban",
        Subject = "p/b",
        Key = ["alice"],
        Until = new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero),
        Policy = "p",
        Rule = "r",
        Verdict = "reject",
        Phase = "mail",
        DecisionId = "1-1",
        Counter = "p/c",
        Count = 3,
        Max = 2,
        Client = "203.0.113.9",
        Country = "RU",
        MailFrom = "<a@spam.example>",
    };
}
