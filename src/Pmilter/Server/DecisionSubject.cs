using System.Globalization;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Server;

/// <summary>
/// Whose mail a decision was about, as the log names it. What the policies did not ask the MTA for is taken from its macros, which
/// Postfix sends all the same; <c>-</c> stands for what nobody told.
/// </summary>
internal sealed record DecisionSubject(string Session, string QueueId, string Client, string Country, string Sender, string Recipient)
{
    private const string Untold = "-";

    public static DecisionSubject Of(ISessionContext session, Transaction transaction)
    {
        var client = transaction.Connection.Client;
        return new DecisionSubject(
            session.Id,
            session.Macros["i"] ?? Untold,
            client.Address?.ToString() ?? client.Family,
            transaction.ClientPlace.Country,
            SenderOf(session, transaction),
            RecipientOf(session, transaction));
    }

    private static string SenderOf(ISessionContext session, Transaction transaction)
    {
        var sender = transaction.Message.Sender;
        return sender.IsBounce || sender.Address.Text.Length > 0 ? $"<{sender.Address.Text}>" : Bracketed(session.Macros["mail_addr"]);
    }

    private static string RecipientOf(ISessionContext session, Transaction transaction)
    {
        if (transaction.Recipient is { } current)
        {
            return $"<{current.Address.Text}>";
        }

        var recipients = transaction.Message.Recipients;
        return recipients.Count switch
        {
            0 => Bracketed(session.Macros["rcpt_addr"]),
            1 => $"<{recipients[0].Address.Text}>",
            _ => string.Create(CultureInfo.InvariantCulture, $"<{recipients[0].Address.Text}> and {recipients.Count - 1} more"),
        };
    }

    private static string Bracketed(string? macro) => macro is null ? Untold : $"<{macro}>";
}
