using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter find</c>: decisions of the log, for the help desk.</summary>
internal sealed class FindCommand(Terminal terminal)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    private readonly SiteOptions _site = new();
    private readonly Option<string?> _log = new("--log") { Description = "the decision log or one of its files; default: log.decisions of pmilter.yaml" };
    private readonly Option<string> _rcpt = Text("--rcpt", "recipient: bob, bob@example.jp or @example.jp");
    private readonly Option<string> _from = Text("--from", "envelope sender, written likewise");
    private readonly Option<string> _login = Text("--login", "who had logged in");
    private readonly Option<string> _client = Text("--client", "address or network of the client");
    private readonly Option<string> _rule = Text("--rule", "the rule that decided, or would have");
    private readonly Option<string> _queueId = Text("--queue-id", "the MTA's name of the message");
    private readonly Option<string?> _since = new("--since") { Description = "a time, or how long ago: 2h, 3d; default: all that is kept" };
    private readonly Option<bool> _isRefused = new("--refused") { Description = "only what was refused, discarded or quarantined" };
    private readonly Option<bool> _isQueueIds = new("--queue-ids") { Description = "only the queue ids of what the MTA took, a line each, for postsuper -d - or -h -" };
    private readonly Option<int> _count = new("--count") { Description = "the newest so many; default: all", DefaultValueFactory = _ => int.MaxValue };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new FindCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "find",
            "Looks decisions up in the decision log: who wrote to whom, what became of it, and why. Ends with 1 when nothing fits. Example: pmilter find --rcpt bob --since 2h --refused");
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _site.Configuration, _log, _rcpt, _from, _login, _client, _rule, _queueId, _since, _isRefused, _isQueueIds, _count, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        var files = DecisionLogFiles.Find(parsed.GetValue(_log) ?? settings.Log.Decisions);
        var query = Query(parsed, File.Exists(settings.Log.HashKey) ? PersonalText.Open(settings.Log.HashKey) : PersonalText.Open(string.Empty), TimeProvider.System.GetUtcNow());
        var found = new Queue<RecordedDecision>();
        var unreadable = 0;
        foreach (var line in files.SelectMany(file => DecisionLogFiles.Lines(file)))
        {
            if (RecordedDecision.Parse(line) is not { } decision)
            {
                unreadable++;
            }
            else if (query.Fits(decision))
            {
                found.Enqueue(decision);
                if (found.Count > parsed.GetValue(_count))
                {
                    found.Dequeue();
                }
            }
        }

        if (unreadable > 0)
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{unreadable} lines of the log are no decisions."));
        }

        Write(parsed, found);
        return found.Count > 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private void Write(ParseResult parsed, Queue<RecordedDecision> found)
    {
        if (parsed.GetValue(_isQueueIds))
        {
            // What was refused never came into the queue; a quarantined message lies in it, on hold.
            foreach (var id in found.Where(decision => decision.Verdict is not ("tempfail" or "reject" or "discard")).Select(decision => decision.Message.QueueId).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal))
            {
                terminal.Output.WriteLine(DisplayText.Clean(id));
            }
        }
        else if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.Write(terminal.Output, json => WriteJson(json, found));
        }
        else if (found.Count == 0)
        {
            terminal.Error.WriteLine("Nothing fits.");
        }
        else
        {
            WriteTable(found);
        }
    }

    private void WriteTable(Queue<RecordedDecision> found)
    {
        var table = new TextTable("TIME", "VERDICT", "RULE", "CLIENT", "FROM", "TO", "QUEUE ID", "REPLY");
        foreach (var decision in found)
        {
            var message = decision.Message;
            table.Add(
                Time(decision),
                new Toned(decision.Verdict, DecisionQuery.Withholds(decision) ? Tone.Bad : Tone.Plain),
                decision.Rule.Length > 0 ? $"{decision.Policy}/{decision.Rule}" : decision.Would.Count > 0 ? $"({string.Join(", ", decision.Would)} would)" : "-",
                Shown(message.ClientIp),
                $"<{DisplayText.Clean(message.MailFrom)}>",
                Shown(string.Join(", ", message.Recipients)),
                Shown(message.QueueId),
                Shown(decision.Reply));
        }

        table.Write(terminal.Output);
    }

    private static void WriteJson(Utf8JsonWriter json, Queue<RecordedDecision> found)
    {
        json.WriteStartArray();
        foreach (var decision in found)
        {
            json.WriteStartObject();
            json.WriteString("time", decision.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("id", decision.Id);
            json.WriteString("revision", decision.Revision);
            json.WriteString("phase", decision.Phase);
            json.WriteString("verdict", decision.Verdict);
            json.WriteString("policy", decision.Policy);
            json.WriteString("rule", decision.Rule);
            json.WriteString("reply", decision.Reply);
            WriteList(json, "would", decision.Would);
            json.WriteString("client_ip", decision.Message.ClientIp);
            json.WriteString("client_country", decision.Message.Place?.Country ?? "ZZ");
            json.WriteString("mail_from", decision.Message.MailFrom);
            WriteList(json, "rcpt", decision.Message.Recipients);
            json.WriteString("sasl_login", DecisionQuery.LoginOf(decision));
            json.WriteString("queue_id", decision.Message.QueueId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <exception cref="ServerStartException">An option makes no sense.</exception>
    private DecisionQuery Query(ParseResult parsed, PersonalText personal, DateTimeOffset now) => new()
    {
        Recipient = Address(personal, "rcpt_to", parsed.GetValue(_rcpt)!),
        Sender = Address(personal, "mail_from", parsed.GetValue(_from)!),
        Login = personal.Of("sasl_login", parsed.GetValue(_login)!),
        Client = Network(parsed.GetValue(_client)!),
        Rule = parsed.GetValue(_rule)!,
        QueueId = parsed.GetValue(_queueId)!,
        Since = Since(parsed.GetValue(_since), now),
        IsRefused = parsed.GetValue(_isRefused),
    };

    /// <summary>Domains are never hashed.</summary>
    private static string Address(PersonalText personal, string field, string written) => written.StartsWith('@') ? written : personal.Of(field, written);

    private static IPNetwork? Network(string written) =>
        written.Length == 0 ? null
        : IPNetwork.TryParse(written, out var net) ? net
        : IPAddress.TryParse(written, out var ip) ? new IPNetwork(ip, ip.GetAddressBytes().Length * 8)
        : throw new ServerStartException($"--client: '{written}' is no address and no network; write 203.0.113.9 or 203.0.113.0/24.");

    private static DateTimeOffset Since(string? written, DateTimeOffset now) =>
        written is null ? DateTimeOffset.MinValue
        : DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
        : now - DurationOption.Read("--since", written, Longest);

    private static Option<string> Text(string name, string description) => new(name) { Description = description, DefaultValueFactory = _ => string.Empty };

    private static string Time(RecordedDecision decision) => decision.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Shown(string text) => text.Length == 0 ? "-" : DisplayText.Clean(text.Replace('\n', ' '));
}
