using System.Text.Json;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;
using Pmilter.Server;

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

    /// <summary>Whom rules spared because <c>protect</c> says so.</summary>
    public IReadOnlyList<RecordedSpare> Protected { get; init; } = [];

    /// <summary>What the deciding rule's limit compared.</summary>
    public CounterReading? Counter { get; init; }

    /// <summary>What the policies read then, by field; numbers and truth as they are written.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

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
        var values = ValuesOf(line.GetProperty("values"));
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
            Protected = line.TryGetProperty("protected", out var spared)
                ? [.. spared.EnumerateArray().Select(one => new RecordedSpare($"{Text(one, "policy")}/{Text(one, "rule")}", Text(one, "section"), Text(one, "party")))]
                : [],
            Counter = CounterOf(line.GetProperty("counters")),
            Values = values,
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

    private static SampleMessage MessageOf(JsonElement line, Dictionary<string, string> values)
    {
        var client = line.GetProperty("client");
        var macros = new Dictionary<string, string>(StringComparer.Ordinal);
        AddMacro(macros, "auth_authen", Text(line, "sasl_login"));
        AddMacro(macros, "auth_type", values.GetValueOrDefault("sasl_method", string.Empty) is { Length: > 0 } method ? method : Text(line, "sasl_login").Length > 0 ? "PLAIN" : string.Empty);
        AddMacro(macros, "auth_author", values.GetValueOrDefault("sasl_author", string.Empty));
        AddMacro(macros, "tls_version", values.GetValueOrDefault("tls_version", string.Empty));
        AddMacro(macros, "cipher", values.GetValueOrDefault("tls_cipher", string.Empty));
        AddMacro(macros, "mail_mailer", values.GetValueOrDefault("mailer", string.Empty));
        AddMacro(macros, "daemon_name", values.GetValueOrDefault("daemon_name", string.Empty));
        return new SampleMessage
        {
            ClientIp = Text(client, "ip"),
            ClientName = Text(client, "name"),
            ClientPtr = values.GetValueOrDefault("client_ptr", string.Empty),
            Place = new GeoPlace(Text(client, "country"), values.GetValueOrDefault("client_continent", string.Empty), client.TryGetProperty("asn", out var asn) ? asn.GetInt64() : 0, values.GetValueOrDefault("client_as_org", string.Empty)),
            Origin = values.GetValueOrDefault("origin", string.Empty) is { Length: > 0 } origin ? origin : "smtp",
            Listener = values.GetValueOrDefault("listener", string.Empty),
            Helo = Text(line, "helo"),
            MailFrom = Text(line, "mail_from"),
            MailParameters = values.TryGetValue("declared_size", out var declared) ? [$"SIZE={declared}"] : [],
            Recipients = [.. line.GetProperty("rcpt").EnumerateArray().Select(rcpt => rcpt.GetString() ?? string.Empty)],
            RefusedByMta = line.TryGetProperty("mta_refused", out var refused) ? [.. refused.EnumerateArray().Select(rcpt => rcpt.GetString() ?? string.Empty)] : [],
            QueueId = Text(line, "queue_id"),
            Macros = macros,
            Headers = [.. HeadersOf(values)],
            Facts = FactsOf(line.GetProperty("values")),
            BodyBytes = RecordedBody.Of(values),
            HasUntoldRecipients = line.GetProperty("rcpt").GetArrayLength() == 0,
            Recorded = RecordedParts.Read(line.GetProperty("values")),
        };
    }

    private static IEnumerable<(string Name, string Value)> HeadersOf(Dictionary<string, string> values)
    {
        var from = values.GetValueOrDefault("header_from", string.Empty);
        var name = values.GetValueOrDefault("header_from_name", string.Empty);
        if (from.Length + name.Length > 0)
        {
            yield return ("From", name.Length > 0 ? $"\"{name.Replace("\"", "\\\"", StringComparison.Ordinal)}\" <{from}>" : from);
        }
        else if (values.GetValueOrDefault("header_from_domain", string.Empty) is { Length: > 0 } domain)
        {
            yield return ("From", $"someone@{domain}");
        }

        foreach (var (field, header) in new[] { ("header_to", "To"), ("reply_to", "Reply-To"), ("subject", "Subject"), ("message_id", "Message-ID") })
        {
            if (values.GetValueOrDefault(field, string.Empty) is { Length: > 0 } value)
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

    private static Dictionary<string, string> ValuesOf(JsonElement values)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values.EnumerateObject().Where(value => value.Value.ValueKind != JsonValueKind.Null))
        {
            all[value.Name] = value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString() ?? string.Empty : value.Value.GetRawText();
        }

        return all;
    }

    /// <summary>Look-ups among the values; null for one that failed then.</summary>
    private static Dictionary<string, string?> FactsOf(JsonElement values) => values.EnumerateObject()
        .Where(value => value.Name.EndsWith(')') || FieldCatalog.Find(value.Name) is LookupField)
        .ToDictionary(value => value.Name, value => value.Value.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => value.Value.GetString(), _ => value.Value.GetRawText() }, StringComparer.Ordinal);

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : string.Empty;
}

/// <summary>A rule that would have refused, and the protected party that kept it from that.</summary>
/// <param name="Rule"><c>policy/rule</c>.</param>
/// <param name="Section">Of <c>protect</c>: clients, recipients, logins.</param>
internal sealed record RecordedSpare(string Rule, string Section, string Party);
