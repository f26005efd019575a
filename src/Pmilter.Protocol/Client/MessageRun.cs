using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>One message on its way. Each part says whether the message goes on.</summary>
internal sealed class MessageRun(MilterClient client, OutgoingMessage message, CancellationToken cancellationToken)
{
    private readonly List<SentStep> _steps = [];
    private readonly List<EnvelopeAddress> _accepted = [];
    private EventReply _final;
    private MessageReply? _reply;

    public MessageOutcome Outcome => new(_steps, _final, _accepted, _reply);

    public async ValueTask<bool> EnvelopeAsync()
    {
        client.Macros.Remove("i");
        SetAddress("mail_addr", "mail_host", message.Sender);
        if (!Goes(CommandCode.Mail, message.Sender.Address, await client.MailAsync(message.Sender, cancellationToken).ConfigureAwait(false)))
        {
            return false;
        }

        foreach (var recipient in message.Recipients)
        {
            SetAddress("rcpt_addr", "rcpt_host", recipient);
            var reply = await client.RcptAsync(recipient, cancellationToken).ConfigureAwait(false);
            var isRefused = reply.Kind is VerdictKind.Reject or VerdictKind.Tempfail;
            if (!isRefused)
            {
                _accepted.Add(recipient);
            }

            if (!Goes(CommandCode.Rcpt, recipient.Address, reply) && !isRefused)
            {
                return false;
            }
        }

        if (message.QueueId is { } id)
        {
            client.Macros["i"] = id;
        }

        return _accepted.Count > 0
            && Goes(CommandCode.Data, string.Empty, await client.DataAsync(cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<bool> HeadersAsync()
    {
        foreach (var header in message.Headers)
        {
            var reply = await client.HeaderAsync(header, cancellationToken).ConfigureAwait(false);
            if (!Goes(CommandCode.Header, string.Empty, reply))
            {
                return false;
            }

            if (reply.Kind == VerdictKind.Skip)
            {
                break;
            }
        }

        return Goes(CommandCode.EndOfHeaders, string.Empty, await client.EndOfHeadersAsync(cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<bool> BodyAsync()
    {
        for (var rest = message.Body; !rest.IsEmpty;)
        {
            var chunk = rest[..Math.Min(rest.Length, Frame.MaxChunkBytes)];
            rest = rest[chunk.Length..];
            var reply = await client.BodyAsync(chunk, cancellationToken).ConfigureAwait(false);
            if (!Goes(CommandCode.Body, string.Empty, reply))
            {
                return false;
            }

            if (reply.Kind == VerdictKind.Skip)
            {
                break;
            }
        }

        return true;
    }

    public async ValueTask EndAsync()
    {
        _reply = await client.EndOfMessageAsync(cancellationToken).ConfigureAwait(false);
        _ = Goes(CommandCode.EndOfMessage, string.Empty, _reply.Verdict);
    }

    private bool Goes(CommandCode command, string subject, EventReply reply)
    {
        _steps.Add(new SentStep(command, subject, reply));
        _final = reply;
        return reply.GoesOn;
    }

    private void SetAddress(string addressMacro, string hostMacro, EnvelopeAddress address)
    {
        var bare = address.Address.AsSpan().TrimStart('<').TrimEnd('>');
        client.Macros[addressMacro] = bare.ToString();
        client.Macros[hostMacro] = bare[(bare.LastIndexOf('@') + 1)..].ToString();
    }
}
