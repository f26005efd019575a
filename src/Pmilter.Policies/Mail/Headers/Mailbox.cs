using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>
/// An address of From, Reply-To or To (RFC 5322 3.4): display names quoted or encoded, comments, groups. Written by anybody, so read
/// leniently: when no address is to be found, the address is the raw value.
/// </summary>
/// <param name="Address"><c>user@domain</c>, the domain as A-labels; the unfolded value when it has no address.</param>
/// <param name="Name">The display name, decoded; empty when there is none.</param>
/// <param name="Domain">The address's; empty when there is no address.</param>
internal sealed record Mailbox(string Address, string Name, string Domain)
{
    private static readonly Mailbox Empty = new(string.Empty, string.Empty, string.Empty);

    /// <summary>The first address of a header's value.</summary>
    public static Mailbox First(string raw)
    {
        var text = HeaderText.Unfold(raw);
        if (text.Length == 0)
        {
            return Empty;
        }

        var reader = new MailboxReader(text);
        return reader.Next() ?? new Mailbox(NormalText.Compose(text), string.Empty, string.Empty);
    }

    /// <summary>The domains of all addresses, each once.</summary>
    public static IReadOnlyCollection<string> Domains(string raw)
    {
        var domains = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reader = new MailboxReader(HeaderText.Unfold(raw));
        while (reader.Next() is { } mailbox)
        {
            domains.Add(mailbox.Domain);
        }

        return domains;
    }

    /// <summary>All addresses, separated by a comma and a space; the unfolded value when there is none.</summary>
    public static string Addresses(string raw)
    {
        var text = HeaderText.Unfold(raw);
        var addresses = new StringBuilder();
        var reader = new MailboxReader(text);
        while (reader.Next() is { } mailbox)
        {
            addresses.Append(addresses.Length > 0 ? ", " : string.Empty).Append(mailbox.Address);
        }

        return addresses.Length > 0 ? addresses.ToString() : NormalText.Compose(text);
    }
}
