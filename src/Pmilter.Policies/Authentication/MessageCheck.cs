using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Authentication.Dmarc;
using Pmilter.Policies.Authentication.Spf;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;

namespace Pmilter.Policies.Authentication;

/// <summary>
/// Our own check of one message: it takes header and body as they go by, and asks for SPF, DKIM and DMARC once each, when somebody wants to
/// know. What the DNS does not answer is a temperror, and stays one for this message.
/// </summary>
internal sealed class MessageCheck(long headersLimitBytes) : IDisposable
{
    private readonly DkimMessage _message = new(headersLimitBytes);

    /// <summary>Null until asked; so are the two below.</summary>
    public SpfOutcome? Spf { get; private set; }

    public SpfIdentity? Identity { get; private set; }

    public IReadOnlyList<DkimOutcome>? Dkim { get; private set; }

    public DmarcOutcome? Dmarc { get; private set; }

    /// <summary>
    /// Whether a message is checked: mail that comes from the internet. Users who have logged in, programs of this machine and clients with
    /// private addresses are no senders of which SPF speaks.
    /// </summary>
    public static bool IsDue(Transaction transaction) =>
        transaction.Connection.Client is { IsLocal: false, Address: { } address } && !PrivateNetworks.Contain(address) && !transaction.Message.Sender.IsAuthenticated;

    public void Header(string name, ReadOnlySpan<byte> value, bool hasLeadingSpace) => _message.Add(name, value, hasLeadingSpace);

    public void Body(ReadOnlySpan<byte> chunk) => _message.Add(chunk);

    /// <summary>From MAIL on.</summary>
    public async ValueTask<SpfOutcome> SpfAsync(INameService names, Transaction transaction, CancellationToken cancellationToken)
    {
        if (Spf is { } known)
        {
            return known;
        }

        Identity = SpfIdentity.Of(transaction.Connection.Client.Address!, transaction.Message.Sender.Address.Text, DomainText.Normalize(transaction.Connection.Helo.Name));
        var outcome = await SpfCheck.RunAsync(names, Identity, cancellationToken).ConfigureAwait(false);
        Spf = outcome;
        return outcome;
    }

    /// <summary>At the end of the message.</summary>
    public async ValueTask<IReadOnlyList<DkimOutcome>> DkimAsync(INameService names, DateTimeOffset now, CancellationToken cancellationToken) =>
        Dkim ??= await DkimCheck.RunAsync(names, _message, now, cancellationToken).ConfigureAwait(false);

    /// <summary>At the end of the message.</summary>
    public async ValueTask<DmarcOutcome> DmarcAsync(INameService names, Transaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (Dmarc is { } known)
        {
            return known;
        }

        var spf = await SpfAsync(names, transaction, cancellationToken).ConfigureAwait(false);
        var dkim = await DkimAsync(names, now, cancellationToken).ConfigureAwait(false);
        var headers = transaction.Message.Headers;
        var from = headers.CountOf("From") == 1 ? Mailbox.Domains(headers.RawOf("From") ?? string.Empty) : [];
        return Dmarc = await DmarcCheck.RunAsync(names, from, spf, Identity!.Domain, dkim, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _message.Dispose();
}
