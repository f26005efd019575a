using System.Text.Json;
using Pmilter.Admin.Status;
using Pmilter.Policies.Evaluation;
using Pmilter.Server;
using Pmilter.Web.Feed;

namespace Pmilter.Web;

/// <summary>What is read each two seconds: nothing of it asks a store or a disk.</summary>
internal sealed class OverviewPart(StatusDesk status, PolicyHost policies, PageFeed feed, TimeProvider time)
{
    private const int DefaultMinutes = 60;
    private const int Buckets = 72;

    /// <param name="minutes">Of the chart; 0 for an hour.</param>
    public void Write(Utf8JsonWriter json, long minutes, PageVisitor visitor)
    {
        var now = time.GetUtcNow();
        json.WriteStartObject();
        json.WriteString("now", now.UtcDateTime);
        json.WriteString("name", visitor.Name);
        json.WriteBoolean("reader", visitor.IsReader);
        json.WritePropertyName("status");
        JsonSerializer.Serialize(json, status.Read(), StatusJson.Default.StatusAnswer);
        WriteMinutes(json, now, minutes is > 0 and <= MinuteSeries.Minutes ? (int)minutes : DefaultMinutes);
        WriteRules(json);
        WriteCountries(json);
        json.WriteEndObject();
    }

    private void WriteMinutes(Utf8JsonWriter json, DateTimeOffset now, int minutes)
    {
        var step = Math.Max(1, minutes / Buckets);
        var (from, sums) = feed.Minutes.Read(now, minutes, step);
        json.WriteStartObject("chart");
        json.WriteString("from", from.UtcDateTime);
        json.WriteNumber("step_minutes", step);
        json.WriteStartArray("verdicts");
        foreach (var outcome in RuleTally.Outcomes)
        {
            json.WriteStringValue(outcome);
        }

        json.WriteEndArray();
        WriteNumbers(json, "totals", feed.Minutes.Totals());
        json.WriteStartArray("sums");
        foreach (var sum in sums)
        {
            json.WriteStartArray();
            foreach (var count in sum)
            {
                json.WriteNumberValue(count);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private void WriteRules(Utf8JsonWriter json)
    {
        var set = policies.Current;
        var summaries = set.Rules.ToDictionary(rule => (rule.Rule.Policy, rule.Rule.Id));
        json.WriteStartArray("rules");
        foreach (var tally in set.Tallies)
        {
            json.WriteStartObject();
            json.WriteString("policy", tally.Rule.Policy);
            json.WriteString("rule", tally.Rule.Id);
            json.WriteString("mode", tally.Rule.Mode.ToString().ToLowerInvariant());
            if (summaries.TryGetValue((tally.Rule.Policy, tally.Rule.Id), out var summary))
            {
                json.WriteString("phase", summary.Phase.ToString().ToLowerInvariant());
                json.WriteString("when", summary.Condition);
                json.WriteString("limit", summary.Limit);
                json.WriteString("does", summary.Outcome);
                json.WriteString("description", summary.Description);
                json.WriteString("place", summary.Rule.Span.FileAndLine);
            }

            WriteHits(json, tally);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHits(Utf8JsonWriter json, RuleTally tally)
    {
        var sum = 0L;
        json.WriteStartObject("hits");
        for (var i = 0; i < RuleTally.Outcomes.Count; i++)
        {
            if (tally.Hits(i) is > 0 and var hits)
            {
                sum += hits;
                json.WriteNumber(RuleTally.Outcomes[i], hits);
            }
        }

        json.WriteEndObject();
        json.WriteNumber("sum", sum);
        json.WriteNumber("near", tally.NearLimit);
        json.WriteNumber("unless", tally.Unless);
        json.WriteNumber("errors", tally.Errors);
    }

    private void WriteCountries(Utf8JsonWriter json)
    {
        json.WriteStartArray("countries");
        foreach (var (code, messages, refused) in feed.Countries.Read())
        {
            json.WriteStartObject();
            json.WriteString("code", code);
            json.WriteNumber("messages", messages);
            json.WriteNumber("refused", refused);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
