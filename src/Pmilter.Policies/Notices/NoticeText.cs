using System.Globalization;
using System.Text;
using Pmilter.Policies.Binding;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Notices;

/// <summary>What a notice says where its step has no text: <c>ban logins/stolen of alice until 2026-01-05 02:00 UTC, by rule …</c></summary>
internal static class NoticeText
{
    private const int MaxShownCharacters = 120;

    public static string Of(Notice notice)
    {
        var text = new StringBuilder();
        var rule = $"{notice.Rule.Policy}/{notice.Rule.Id}";
        text.Append(notice.Cause switch
        {
            NoticeCause.Ban => $"Ban {notice.Subject} of ",
            NoticeCause.Hold => $"Hold {notice.Subject} of ",
            _ => $"Rule {rule} fired for ",
        });
        CleanText.Append(ShownKey(notice.Key), MaxShownCharacters, text);
        if (notice.Until is { } until)
        {
            text.Append(until == DateTimeOffset.MaxValue ? " until it is lifted by hand" : string.Create(CultureInfo.InvariantCulture, $" until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
        }

        if (notice.Cause == NoticeCause.Ban)
        {
            text.Append(CultureInfo.InvariantCulture, $", by rule {rule}");
        }

        if (notice.Counter is { } counter)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({counter.Name}: {counter.Value:0.###} > {counter.Max:0.###})");
        }

        return text.ToString();
    }

    /// <summary>A key as a person reads it.</summary>
    private static string ShownKey(string key) => string.Join(", ", KeyFolding.Split(key));
}
