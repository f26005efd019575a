using System.Net;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>Which decisions somebody looks for; what is null or empty fits all.</summary>
internal sealed record DecisionQuery
{
    private static readonly string[] Refusals = ["tempfail", "reject", "discard", "quarantine"];

    /// <summary><c>bob</c> at any domain, <c>@example.jp</c>, or the whole address; as the log has it.</summary>
    public string Recipient { get; init; } = string.Empty;

    /// <summary>As <see cref="Recipient"/>.</summary>
    public string Sender { get; init; } = string.Empty;

    public string Login { get; init; } = string.Empty;

    public IPNetwork? Client { get; init; }

    /// <summary><c>policy/rule</c>, or the rule alone; those that only would have decided, too.</summary>
    public string Rule { get; init; } = string.Empty;

    public string QueueId { get; init; } = string.Empty;

    public DateTimeOffset Since { get; init; } = DateTimeOffset.MinValue;

    /// <summary>Tempfail, reject, discard and quarantine alone.</summary>
    public bool IsRefused { get; init; }

    public bool Fits(RecordedDecision decision)
    {
        var message = decision.Message;
        return decision.Time >= Since
            && (!IsRefused || Withholds(decision))
            && (Recipient.Length == 0 || message.Recipients.Any(recipient => FitsAddress(Recipient, recipient)))
            && (Sender.Length == 0 || FitsAddress(Sender, message.MailFrom))
            && (Login.Length == 0 || string.Equals(LoginOf(decision), Login, StringComparison.OrdinalIgnoreCase))
            && (Client is not { } net || (IPAddress.TryParse(message.ClientIp, out var ip) && net.Contains(ip)))
            && (Rule.Length == 0 || FitsRule($"{decision.Policy}/{decision.Rule}") || decision.Would.Any(FitsRule))
            && (QueueId.Length == 0 || message.QueueId == QueueId);
    }

    /// <summary>Who had logged in; empty for nobody.</summary>
    public static string LoginOf(RecordedDecision decision) => decision.Message.Macros is { } macros && macros.TryGetValue("auth_authen", out var login) ? login : string.Empty;

    /// <summary>Whether it was kept from its reader.</summary>
    public static bool Withholds(RecordedDecision decision) => Refusals.Contains(decision.Verdict, StringComparer.Ordinal);

    private bool FitsRule(string name) => name == Rule || name.EndsWith($"/{Rule}", StringComparison.Ordinal);

    private static bool FitsAddress(string wanted, string address)
    {
        var at = address.LastIndexOf('@');
        var part = wanted.StartsWith('@') ? (at < 0 ? string.Empty : address[at..])
            : wanted.Contains('@', StringComparison.Ordinal) || at < 0 ? address
            : address[..at];
        return string.Equals(part, wanted, StringComparison.OrdinalIgnoreCase);
    }
}
