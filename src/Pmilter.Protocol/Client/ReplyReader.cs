using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>Reads what is due and nothing else.</summary>
internal sealed class ReplyReader(ITransport transport)
{
    private readonly FrameReader _reader = new(transport);

    /// <summary>Whether SMFIP_SKIP was agreed.</summary>
    public bool MaySkip { get; set; }

    public void Release() => _reader.Release();

    public async ValueTask<NegotiationAnswer> NegotiationAsync(Offer offer, CancellationToken cancellationToken)
    {
        var frame = await ReadAsync(CommandCode.Negotiate, cancellationToken).ConfigureAwait(false);
        if ((ReplyCode)frame.Code != ReplyCode.Negotiate)
        {
            throw Unexpected(frame, CommandCode.Negotiate);
        }

        NegotiationAnswer answer;
        try
        {
            answer = NegotiationCodec.DecodeAnswer(frame.Data.Span);
        }
        catch (ProtocolException e)
        {
            throw new MilterClientException(e.Message, e);
        }

        CheckNothingFollows(CommandCode.Negotiate);
        return Checked(answer, offer);
    }

    public async ValueTask<EventReply> EventAsync(CommandCode command, CancellationToken cancellationToken)
    {
        var frame = await ReadAsync(command, cancellationToken).ConfigureAwait(false);
        var reply = ReplyDecoder.Verdict(frame) ?? throw Unexpected(frame, command);
        if (reply.Code == ReplyCode.Skip && !(MaySkip && command is CommandCode.Header or CommandCode.Body))
        {
            throw Unexpected(frame, command);
        }

        CheckNothingFollows(command);
        return reply;
    }

    public async ValueTask<MessageReply> MessageAsync(NegotiationAnswer agreed, CancellationToken cancellationToken)
    {
        var collected = new CollectedChanges();
        while (true)
        {
            var frame = await ReadAsync(CommandCode.EndOfMessage, cancellationToken).ConfigureAwait(false);
            if (ReplyDecoder.Verdict(frame) is { } verdict)
            {
                CheckNothingFollows(CommandCode.EndOfMessage);
                return verdict.Code == ReplyCode.Skip ? throw Unexpected(frame, CommandCode.EndOfMessage) : collected.Finish(verdict);
            }

            if (!collected.TryAdd(frame, agreed.Actions))
            {
                throw Unexpected(frame, CommandCode.EndOfMessage);
            }
        }
    }

    private static NegotiationAnswer Checked(NegotiationAnswer answer, Offer offer)
    {
        if (answer.Version < Negotiator.OldestVersion || answer.Version > offer.Version)
        {
            throw new MilterClientException($"The filter answered version {answer.Version}; expected {Negotiator.OldestVersion} to {offer.Version}.");
        }

        if ((answer.Actions & ~offer.Actions) is var actions and not MilterActions.None)
        {
            throw new MilterClientException($"The filter asks for the actions {actions}, which were not offered.");
        }

        if ((answer.Steps & ~offer.Steps) is var steps and not MilterSteps.None)
        {
            throw new MilterClientException($"The filter asks for the steps {steps}, which were not offered.");
        }

        return answer.MacroLists.Count == 0 || offer.Actions.Has(MilterActions.SetMacroList)
            ? answer
            : throw new MilterClientException("The filter chooses macros, which was not offered.");
    }

    private static MilterClientException Unexpected(Frame frame, CommandCode command) =>
        new($"The filter answered {command} with the packet 0x{frame.Code:X2} of {frame.Data.Length} bytes, which may not come there.");

    private async ValueTask<Frame> ReadAsync(CommandCode command, CancellationToken cancellationToken)
    {
        try
        {
            Frame frame;
            while (!_reader.TryRead(out frame))
            {
                if (!await _reader.FillAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new MilterClientException($"The filter closed the connection where the reply to {command} was due.");
                }
            }

            return frame;
        }
        catch (ProtocolException e)
        {
            throw new MilterClientException(e.Message, e);
        }
    }

    /// <summary>Postfix hands the socket to another process between commands: a late byte puts two of them out of step.</summary>
    private void CheckNothingFollows(CommandCode command)
    {
        if (_reader.HasPartialFrame)
        {
            throw new MilterClientException($"The filter sent more than the one reply to {command}.");
        }
    }
}
