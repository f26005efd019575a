using System.Globalization;
using System.Text.Json;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>A line of the decision log.</summary>
internal sealed record RecordedDecision
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>Empty where no rule decided.</summary>
    public required string Id { get; init; }

    public required string Session { get; init; }

    public required string Revision { get; init; }

    public required string Phase { get; init; }

    public required string Verdict { get; init; }

    public required string Policy { get; init; }

    public required string Rule { get; init; }

    public required string Reply { get; init; }

    /// <summary>What the rules of <see cref="Would"/> would have said, in the same order.</summary>
    public required IReadOnlyList<string> WouldVerdicts { get; init; }

    /// <summary>Rules that would have decided, as <c>policy/rule</c>.</summary>
    public required IReadOnlyList<string> Would { get; init; }

    /// <summary>What the deciding rule's limit compared.</summary>
    public CounterReading? Counter { get; init; }

    /// <summary>Names of the fields whose values are known.</summary>
    public required IReadOnlySet<string> Known { get; init; }

    public required SampleMessage Message { get; init; }

    /// <summary>Null when the line is none of ours.</summary>
    public static RecordedDecision? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static RecordedDecision Read(JsonElement line)
    {
        var values = line.GetProperty("values");
        return new RecordedDecision
        {
            Time = line.GetProperty("time").GetDateTimeOffset(),
            Id = Text(line, "id"),
            Session = Text(line, "session"),
            Revision = Text(line, "revision"),
            Phase = Text(line, "phase"),
            Verdict = Text(line, "verdict"),
            Policy = Text(line, "policy"),
            Rule = Text(line, "rule"),
            Reply = Text(line, "reply"),
            WouldVerdicts = [.. line.GetProperty("would").EnumerateArray().Select(would => Text(would, "verdict"))],
            Would = [.. line.GetProperty("would").EnumerateArray().Select(would => $"{Text(would, "policy")}/{Text(would, "rule")}")],
            Counter = CounterOf(line.GetProperty("counters")),
            Known = values.EnumerateObject().Select(value => value.Name).ToHashSet(StringComparer.Ordinal),
            Message = MessageOf(line, values),
        };
    }

    private static CounterReading? CounterOf(JsonElement counters)
    {
        foreach (var counter in counters.EnumerateObject())
        {
            var key = string.Join(KeyFolding.Separator, counter.Value.GetProperty("key").EnumerateArray().Select(part => part.GetString()));
            return new CounterReading(counter.Name, key, counter.Value.GetProperty("value").GetDouble(), counter.Value.GetProperty("max").GetDouble());
        }

        return null;
    }

    private static SampleMessage MessageOf(JsonElement line, JsonElement values)
    {
        var client = line.GetProperty("client");
        var macros = new Dictionary<string, string>(StringComparer.Ordinal);
        AddMacro(macros, "auth_authen", Text(line, "sasl_login"));
        AddMacro(macros, "auth_type", Text(values, "sasl_method") is { Length: > 0 } method ? method : Text(line, "sasl_login").Length > 0 ? "PLAIN" : string.Empty);
        AddMacro(macros, "auth_author", Text(values, "sasl_author"));
        AddMacro(macros, "tls_version", Text(values, "tls_version"));
        AddMacro(macros, "cipher", Text(values, "tls_cipher"));
        AddMacro(macros, "mail_mailer", Text(values, "mailer"));
        AddMacro(macros, "daemon_name", Text(values, "daemon_name"));
        return new SampleMessage
        {
            ClientIp = Text(client, "ip"),
            ClientName = Text(client, "name"),
            ClientPtr = Text(values, "client_ptr"),
            Place = new GeoPlace(Text(client, "country"), Text(values, "client_continent"), client.TryGetProperty("asn", out var asn) ? asn.GetInt64() : 0, Text(values, "client_as_org")),
            Origin = Text(values, "origin") is { Length: > 0 } origin ? origin : "smtp",
            Listener = Text(values, "listener"),
            Helo = Text(line, "helo"),
            MailFrom = Text(line, "mail_from"),
            MailParameters = values.TryGetProperty("declared_size", out var declared) ? [string.Create(CultureInfo.InvariantCulture, $"SIZE={declared.GetDouble():0}")] : [],
            Recipients = [.. line.GetProperty("rcpt").EnumerateArray().Select(rcpt => rcpt.GetString() ?? string.Empty)],
            QueueId = Text(line, "queue_id"),
            Macros = macros,
            Headers = [.. HeadersOf(values)],
            BodyBytes = RecordedBody.Of(values),
        };
    }

    private static IEnumerable<(string Name, string Value)> HeadersOf(JsonElement values)
    {
        var from = Text(values, "header_from");
        var name = Text(values, "header_from_name");
        if (from.Length + name.Length > 0)
        {
            yield return ("From", name.Length > 0 ? $"\"{name.Replace("\"", "\\\"", StringComparison.Ordinal)}\" <{from}>" : from);
        }
        else if (Text(values, "header_from_domain") is { Length: > 0 } domain)
        {
            yield return ("From", $"someone@{domain}");
        }

        foreach (var (field, header) in new[] { ("header_to", "To"), ("reply_to", "Reply-To"), ("subject", "Subject"), ("message_id", "Message-ID") })
        {
            if (Text(values, field) is { Length: > 0 } value)
            {
                yield return (header, value);
            }
        }
    }

    private static void AddMacro(Dictionary<string, string> macros, string name, string value)
    {
        if (value.Length > 0)
        {
            macros[name] = value;
        }
    }

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : string.Empty;
}
