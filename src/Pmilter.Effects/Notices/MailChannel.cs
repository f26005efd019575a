using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Pmilter.Effects.Notices;

/// <summary>Mails notices through the local MTA, which queues them; the envelope sender is the null one.</summary>
public sealed class MailChannel(MailOptions options) : INoticeChannel
{
    /// <summary>An MTA on this machine needs no TLS, and its certificate is seldom one that could be checked.</summary>
    private readonly SecureSocketOptions _security = IsHere(options.Host) ? SecureSocketOptions.None : SecureSocketOptions.StartTlsWhenAvailable;

    public string Name { get; } = $"mail to {options.Recipient}";

    public async Task<string> SendAsync(NoticeReport notice, CancellationToken cancellationToken)
    {
        using var client = new SmtpClient { LocalDomain = options.Name };
        try
        {
            await client.ConnectAsync(options.Host, options.Port, _security, cancellationToken).ConfigureAwait(false);
            using var message = NoticeMail.Of(notice, options);
            var answer = await client.SendAsync(
                FormatOptions.Default, message, new MailboxAddress(string.Empty, string.Empty), [new MailboxAddress(string.Empty, options.Recipient)], cancellationToken).ConfigureAwait(false);
            await client.DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false);
            return answer;
        }
        catch (SmtpCommandException refusal)
        {
            throw new NoticeException($"{(int)refusal.StatusCode} {refusal.Message}", refusal) { IsPermanent = (int)refusal.StatusCode >= 500 };
        }
        catch (Exception failure) when (failure is ProtocolException or ServiceNotConnectedException or SocketException or IOException or AuthenticationException or SslHandshakeException)
        {
            throw new NoticeException(failure.Message, failure);
        }
    }

    public void Dispose()
    {
        // A connection lasts for one message.
    }

    private static bool IsHere(string host) => host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
