using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>Plays whole SMTP sessions over a client, as an MTA does: connect and HELO once, then any number of messages.</summary>
public sealed class MessageSender(MilterClient client)
{
    private EventReply _session;

    /// <summary>CONNECT and HELO. After any other verdict than continue the MTA asks nothing more of the filter.</summary>
    public async Task<IReadOnlyList<SentStep>> BeginAsync(ClientFacts facts, string? helo, CancellationToken cancellationToken)
    {
        var steps = new List<SentStep>();
        _session = await client.ConnectAsync(facts, cancellationToken).ConfigureAwait(false);
        steps.Add(new SentStep(CommandCode.Connect, facts.Address, _session));
        if (_session.GoesOn && helo is not null)
        {
            _session = await client.HeloAsync(helo, cancellationToken).ConfigureAwait(false);
            steps.Add(new SentStep(CommandCode.Helo, helo, _session));
        }

        return steps;
    }

    /// <summary>One message. It ends with ABORT when it ends before its end.</summary>
    public async Task<MessageOutcome> SendAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_session.GoesOn)
        {
            return new MessageOutcome([], _session, _session.Kind == VerdictKind.Accept ? message.Recipients : [], null);
        }

        var run = new MessageRun(client, message, cancellationToken);
        var isAtEnd = await run.EnvelopeAsync().ConfigureAwait(false)
            && await run.HeadersAsync().ConfigureAwait(false)
            && await run.BodyAsync().ConfigureAwait(false);
        if (isAtEnd)
        {
            await run.EndAsync().ConfigureAwait(false);
        }
        else
        {
            await client.AbortAsync(cancellationToken).ConfigureAwait(false);
        }

        return run.Outcome;
    }
}
