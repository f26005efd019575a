using System.Collections.Frozen;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Protecting;

/// <summary>
/// <c>protect</c>: parties that no rule refuses, holds, bans, greylists, quarantines or discards unless it says <c>protected: include</c>.
/// Asked only when a rule is about to do so.
/// </summary>
public sealed class Protection
{
    private readonly FrozenSet<string> _recipients;
    private readonly FrozenSet<string> _logins;

    /// <param name="clients">Networks; null for none. A list of a file is read again when it changes.</param>
    /// <param name="recipients">Whole addresses, or local parts, which mean any domain.</param>
    /// <param name="logins">Names as <c>sasl_login</c> has them, ignoring case.</param>
    public Protection(MailList? clients, IEnumerable<string> recipients, IEnumerable<string> logins)
    {
        Clients = clients;
        _recipients = recipients.Select(Written).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _logins = logins.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Nobody.</summary>
    public static Protection None { get; } = new(null, [], []);

    public MailList? Clients { get; }

    /// <summary>Sorted, as they are compared.</summary>
    public IReadOnlyList<string> Recipients => [.. _recipients.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether RCPT must be seen.</summary>
    internal bool ReadsRecipients => _recipients.Count > 0;

    /// <summary>Whether the login must be known.</summary>
    internal bool ReadsLogins => _logins.Count > 0;

    /// <summary>
    /// Who of the running event is protected; null when nobody is. At rcpt that recipient alone counts, from data on each that is not
    /// refused: one answer goes to all of them.
    /// </summary>
    internal ProtectedParty? Find(Transaction transaction)
    {
        if (Clients is { } clients && transaction.Connection.Client.Address is { } address && clients.Contains(address))
        {
            return new ProtectedParty("clients", address.ToString());
        }

        if (transaction.Phase is < Phase.Mail or > Phase.Eom)
        {
            return null;
        }

        if (_logins.Count > 0 && transaction.Message.Sender.Login is { Length: > 0 } login && _logins.Contains(login))
        {
            return new ProtectedParty("logins", login);
        }

        return _recipients.Count > 0 ? FindRecipient(transaction) : null;
    }

    private ProtectedParty? FindRecipient(Transaction transaction)
    {
        if (transaction.Phase == Phase.Rcpt)
        {
            return transaction.Recipient is { } current && Contains(current) ? Party(current) : null;
        }

        for (var i = 0; transaction.Phase > Phase.Rcpt && i < transaction.Message.Recipients.Count; i++)
        {
            var recipient = transaction.Message.RecipientAt(i);
            if (!recipient.IsRefused && Contains(recipient))
            {
                return Party(recipient);
            }
        }

        return null;
    }

    /// <summary>RFC 5321 4.5.1: postmaster may stand without a domain.</summary>
    private bool Contains(RecipientFacts recipient) => _recipients.Contains(recipient.Address.User) || _recipients.Contains(recipient.Address.Text);

    private static ProtectedParty Party(RecipientFacts recipient) => new("recipients", recipient.Address.Text);

    private static string Written(string recipient) => recipient.Contains('@', StringComparison.Ordinal) ? EnvelopeAddress.FromAddress(recipient).Text : recipient;
}

/// <param name="Section"><c>clients</c>, <c>recipients</c> or <c>logins</c>.</param>
/// <param name="Value">The address or name.</param>
public readonly record struct ProtectedParty(string Section, string Value)
{
    public override string ToString() => $"{Value} is in protect.{Section}";
}

/// <summary>A rule that would have refused, held, banned or greylisted somebody who is protected: it did nothing.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">The verdict's word; <c>ban</c> where it has none.</param>
/// <param name="Party">Who was protected.</param>
public sealed record ProtectedFrom(Evaluation.RuleReference Rule, string Outcome, ProtectedParty Party);
