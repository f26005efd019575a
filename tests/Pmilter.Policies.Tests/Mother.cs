using System.Net;
using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Policies.Tests;

/// <summary>One SMTP message as a test tells it; what is not told is ordinary mail.</summary>
internal sealed record Story
{
    public string ClientIp { get; init; } = "203.0.113.9";

    public string HostName { get; init; } = "mail.sender.example";

    public ClientFamily? Family { get; init; }

    public int Port { get; init; } = 4321;

    public string Helo { get; init; } = "mail.sender.example";

    /// <summary>argv[0] of MAIL.</summary>
    public string MailFrom { get; init; } = "<alice@sender.example>";

    public IReadOnlyList<string> MailArguments { get; init; } = [];

    /// <summary>argv[0] of each RCPT.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = ["<bob@example.jp>"];

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [("From", "Alice <alice@sender.example>"), ("Subject", "hello")];

    public int BodyBytes { get; init; } = 100;

    public IReadOnlyDictionary<string, string> Macros { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public GeoPlace Place { get; init; } = new("RU", "EU", 64500, "Example Net");

    /// <summary>The event that is running; everything before it has happened.</summary>
    public Phase Phase { get; init; } = Phase.Eom;

    public DateTimeOffset Now { get; init; } = new(2026, 1, 5, 23, 30, 0, TimeSpan.Zero); // a Monday
}

/// <summary>The object mother: transactions as a session would have filled them.</summary>
internal static class Mother
{
    public static EvaluationContext Context(Story story) => new(Transaction(story)) { Now = story.Now };

    public static Transaction Transaction(Story story)
    {
        var transaction = new Transaction(new OnePlace(story.Place), "mx") { WantedHeaders = WantedHeaders.All };
        Play(transaction, story);
        return transaction;
    }

    /// <summary>Applies the story's events up to its phase.</summary>
    public static void Play(Transaction transaction, Story story)
    {
        var macros = MacroTable.Of(story.Macros);
        if (story.Phase == Phase.Unknown)
        {
            transaction.Apply(Connect(story), macros);
            transaction.Apply(new UnknownCommand(Bytes("FOO")));
            return;
        }

        foreach (var step in Steps(transaction, story, macros))
        {
            if (step.Phase > story.Phase)
            {
                return;
            }

            step.Apply();
        }
    }

    public static ConnectCommand Connect(Story story) => new(
        Bytes(story.HostName),
        story.Family ?? (story.ClientIp.Contains(':') ? ClientFamily.Inet6 : ClientFamily.Inet),
        story.Port,
        Bytes(story.ClientIp));

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static IEnumerable<(Phase Phase, Action Apply)> Steps(Transaction transaction, Story story, MacroTable macros)
    {
        yield return (Phase.Connect, () => transaction.Apply(Connect(story), macros));
        yield return (Phase.Helo, () => transaction.Apply(new HeloCommand(Bytes(story.Helo)), macros));
        yield return (Phase.Mail, () => transaction.Apply(new MailCommand(Bytes(story.MailFrom), Bytes(string.Join('\0', story.MailArguments))), macros));
        foreach (var recipient in story.Recipients)
        {
            yield return (Phase.Rcpt, () => transaction.Apply(new RcptCommand(Bytes(recipient), default), macros));
        }

        yield return (Phase.Data, () => transaction.ApplyData(macros));
        foreach (var (name, value) in story.Headers)
        {
            yield return (Phase.Header, () => transaction.Apply(new HeaderCommand(Bytes(name), Bytes(value)), macros));
        }

        yield return (Phase.Eoh, () => transaction.ApplyEndOfHeaders(macros));
        yield return (Phase.Body, () => transaction.Apply(new BodyCommand(new byte[story.BodyBytes]), macros));
        yield return (Phase.Eom, () => transaction.ApplyEndOfMessage(macros));
    }

    private sealed class OnePlace(GeoPlace place) : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => place;
    }
}
