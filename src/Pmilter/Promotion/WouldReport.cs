using System.Globalization;
using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Promotion;

/// <summary>A <see cref="WouldCount"/> as text.</summary>
internal sealed class WouldReport(TextWriter output)
{
    private const int Most = 10;
    private const int LabelWidth = 16;

    public void Write(PromotionTarget target, WouldCount count)
    {
        Line($"{target.Name}, {count.From.UtcDateTime:yyyy-MM-dd HH:mm} to {count.To.UtcDateTime:yyyy-MM-dd HH:mm} UTC:");
        Line($"{count.Messages} messages in the log; {count.Met} of them ({Share(count.Met, count.Messages)}) would have been met.");
        if (count.Met > 0)
        {
            Met(target, count);
        }

        if (count.NearMisses.Spared > 0)
        {
            Spared(count.NearMisses);
        }
    }

    private void Met(PromotionTarget target, WouldCount count)
    {
        Values("verdict", count.Verdicts.Top(Most));
        if (target.Watching.Count > 1)
        {
            Values("rule", count.Rules.Top(Most));
        }

        Values("by day", count.Days.ByName);
        Values("senders", count.Senders.Top(Most));
        Values("sender domains", count.SenderDomains.Top(Most));
        Values("countries", count.Countries.Top(Most));
        Values("to domains", count.RecipientDomains.Top(Most));
        Line($"{"authenticated",-LabelWidth}{count.Authenticated}");
        Line($"{"went through",-LabelWidth}{count.Met - count.RefusedAnyway}; other rules refused {count.RefusedAnyway}");
    }

    private void Spared(NearMisses near)
    {
        Values("protected", near.Parties.Top(Most));
        var close = near.Close;
        Line($"{"near misses",-LabelWidth}{near.Spared} spared as protected; {close} that would have been met {(close == 1 ? "comes" : "come")} from the same clients or senders");
        Values(string.Empty, near.Top(Most));
    }

    private void Values(string label, IReadOnlyList<(string Value, int Count)> values)
    {
        var width = values.Count == 0 ? 0 : values.Max(value => value.Count.ToString(CultureInfo.InvariantCulture).Length);
        foreach (var (value, number) in values)
        {
            Line($"{label,-LabelWidth}{number.ToString(CultureInfo.InvariantCulture).PadLeft(width)} {Shown(value)}");
            label = string.Empty;
        }
    }

    private static string Shown(string value)
    {
        var text = new StringBuilder();
        DisplayText.Append(text, value, 0);
        return text.ToString();
    }

    private static string Share(int part, int all) => all == 0 ? "0 %" : string.Create(CultureInfo.InvariantCulture, $"{part * 100.0 / all:0.##} %");

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
