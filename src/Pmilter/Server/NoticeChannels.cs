using System.Text;
using Pmilter.Configuration;
using Pmilter.Effects.Notices;

namespace Pmilter.Server;

/// <summary>The ways to a target as configured.</summary>
internal static class NoticeChannels
{
    /// <exception cref="ServerStartException">Its secret cannot be read.</exception>
    public static IEnumerable<INoticeChannel> Of(NotifyOptions target)
    {
        if (target.Url is { } url)
        {
            yield return new WebhookChannel(url, target.SecretFile.Length > 0 ? Secret(target.SecretFile) : null);
        }

        if (target.Mail.Length > 0)
        {
            var name = Environment.MachineName;
            var from = target.From.Length > 0 ? target.From : $"postmaster@{name}";
            yield return new MailChannel(new MailOptions(target.Mail, from, target.MailHost, target.MailPort, name));
        }
    }

    /// <summary>Without the line end that editors put behind it.</summary>
    private static byte[] Secret(string path)
    {
        try
        {
            var secret = File.ReadAllText(path).TrimEnd('\r', '\n');
            return secret.Length > 0 ? Encoding.UTF8.GetBytes(secret) : throw new ServerStartException($"The secret of notices {path} is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read the secret of notices {path}: {error.Message}", error);
        }
    }
}
