using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// Read, handle, write. Every event goes one way: legal here? → macros scoped → decided already? → the handler → one verdict →
/// answered if a reply was agreed. Nothing else writes to the connection but progress.
/// </summary>
internal sealed class SessionLoop(
    FrameReader reader,
    FrameWriter writer,
    Func<ISessionContext, IMilterHandler> createHandler,
    SessionVoice voice,
    IdleWatch idle,
    HandlerDesk desk) : ISessionContext
{
    private readonly TransactionVerdicts _verdicts = new();
    private NegotiatedHandler? _peer;
    private bool _hasQuit;
    private bool _owesAbort;
    private bool _owesClose;

    public string Id => voice.Options.Id;

    public string Listener => voice.Options.Listener;

    public MacroTable Macros { get; } = new();

    public Agreement? Agreement => _peer?.Agreement;

    private NegotiatedHandler Peer => _peer ?? throw new ProtocolException($"{voice.Command} came before the negotiation.");

    public async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                await HandleBufferedAsync().ConfigureAwait(false);
            }
            finally
            {
                // What was answered before a broken packet is sent before the end.
                await writer.FlushAsync(idle.Token).ConfigureAwait(false);
            }

            if (_hasQuit)
            {
                return;
            }

            if (!await reader.FillAsync(idle.Token).ConfigureAwait(false))
            {
                break;
            }

            idle.SignOfLife();
        }

        // Without QUIT is normal: Postfix just closes after a verdict at connect or helo, and probes come and go.
        if (reader.HasPartialFrame)
        {
            voice.Command = CommandCode.None;
            throw new ProtocolException("The connection ended inside a packet.");
        }
    }

    /// <summary>The client has gone, and with it all that was known of it. The agreement stays.</summary>
    public async ValueTask EndClientAsync()
    {
        await EndTransactionAsync().ConfigureAwait(false);
        if (_owesClose)
        {
            _owesClose = false;
            await desk.TellAsync(Peer.Handler.CloseAsync).ConfigureAwait(false);
        }

        _verdicts.Clear();
        Macros.Clear();
        voice.State = _peer is null ? SessionState.Start : SessionState.Negotiated;
    }

    private async ValueTask HandleBufferedAsync()
    {
        while (!_hasQuit)
        {
            voice.Command = CommandCode.None;
            if (!reader.TryRead(out var frame))
            {
                return;
            }

            var handled = HandleAsync(frame);
            if (!handled.IsCompletedSuccessfully)
            {
                await handled.ConfigureAwait(false);
            }
        }
    }

    private ValueTask HandleAsync(Frame frame)
    {
        var command = (CommandCode)frame.Code;
        var kind = EventSteps.EventOf(command);
        voice.Command = command;
        switch (command)
        {
            case CommandCode.Negotiate when voice.State == SessionState.Start:
                Negotiate(frame.Data.Span);
                return default;
            case CommandCode.Quit:
                _hasQuit = true;
                return default;
            case CommandCode.Macro when _peer is not null:
                Macros.Store(frame.Data.Span);
                return default;
            case CommandCode.Abort when _peer is not null:
                // Postfix repeats it up to three times, also after end of message.
                return EndTransactionAsync();
            case CommandCode.QuitNewConnection when _peer is not null:
                return EndClientAsync();
            case CommandCode.Unknown when _peer is not null:
                return EventAsync(kind, frame.Data);
        }

        if (kind == MilterEvents.None && (!Enum.IsDefined(command) || command == CommandCode.None))
        {
            voice.Command = CommandCode.None;
            throw new ProtocolException($"The command 0x{frame.Code:X2} is unknown.");
        }

        return LegalOrder.Allows(voice.State, command, Peer.Agreement.Events)
            ? EnterAsync(kind, frame.Data)
            : RecoverAsync(kind, frame.Data);
    }

    private void Negotiate(ReadOnlySpan<byte> data)
    {
        var offer = NegotiationCodec.DecodeOffer(data);
        var handler = createHandler(this);
        var requirements = handler.Negotiate(offer);
        var agreement = Negotiator.Agree(offer, requirements);
        _peer = new NegotiatedHandler(handler, agreement, requirements.Events);
        _owesClose = true;
        handler.Negotiated(agreement);
        NegotiationCodec.EncodeAnswer(writer, agreement.Version, agreement.Actions, agreement.Steps, agreement.MacroLists);
        voice.State = SessionState.Negotiated;
    }

    /// <summary>Out of order: what was open is given up, and the command tried again as if after HELO; else it is ignored (libmilter).</summary>
    private async ValueTask RecoverAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        var isAllowed = LegalOrder.Allows(SessionState.Greeted, voice.Command, Peer.Agreement.Events);
        var isReset = isAllowed && LegalOrder.IsInMessage(voice.State) && kind is MilterEvents.Helo or MilterEvents.Mail;
        if (!isReset)
        {
            // Postfix sends no ABORT before EHLO inside a message, Sendmail none for a message that has its verdict.
            voice.Warn($"{voice.Command} is out of order. {(isAllowed ? "A new transaction is begun." : "It is ignored.")}");
        }

        await EndTransactionAsync(keepsNextMail: kind == MilterEvents.Mail).ConfigureAwait(false);
        if (isAllowed)
        {
            await EnterAsync(kind, data).ConfigureAwait(false);
        }
    }

    private ValueTask EnterAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        Macros.ClearAfter(voice.Command);
        voice.State = LegalOrder.StateAfter(voice.Command);
        if (kind == MilterEvents.Helo)
        {
            _verdicts.ClearHelo();
        }

        return kind == MilterEvents.EndOfMessage ? EndOfMessageAsync(data) : EventAsync(kind, data);
    }

    private ValueTask EventAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        _owesClose = true;
        if (!IsAsked(kind))
        {
            var known = kind == MilterEvents.Unknown ? Verdict.Continue : _verdicts.Decided ?? Verdict.Continue;
            Answer(kind, known);
            return default;
        }

        if (desk.IsBusy)
        {
            return AskLaterAsync(kind, data);
        }

        var call = Start(voice.Command, data);
        if (!call.IsCompletedSuccessfully)
        {
            return ConcludeAsync(kind, call);
        }

        Conclude(kind, new HandlerResult<Verdict>(true, call.Result));
        return default;
    }

    /// <summary>Whether the handler decides: it wants the event, has not skipped it, and nothing is decided yet.</summary>
    private bool IsAsked(MilterEvents kind) =>
        _verdicts.Decided is null && Peer.Required.Has(kind) && !_verdicts.IsSkipped(kind);

    private ValueTask<Verdict> Start(CommandCode command, ReadOnlyMemory<byte> data)
    {
        _owesAbort |= LegalOrder.IsInMessage(voice.State) && command != CommandCode.Unknown;
        try
        {
            return HandlerCall.Start(Peer.Handler, command, data, desk.Token);
        }
        catch (Exception e) when (e is not ProtocolException)
        {
            return ValueTask.FromException<Verdict>(e);
        }
    }

    private async ValueTask AskLaterAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        var result = await desk.IsFreeAsync().ConfigureAwait(false)
            ? await desk.VerdictAsync(Start(voice.Command, data)).ConfigureAwait(false)
            : default;
        Conclude(kind, result);
    }

    private async ValueTask ConcludeAsync(MilterEvents kind, ValueTask<Verdict> call) =>
        Conclude(kind, await desk.VerdictAsync(call).ConfigureAwait(false));

    private void Conclude(MilterEvents kind, HandlerResult<Verdict> result)
    {
        if (result.Value.Kind == VerdictKind.Discard && kind is MilterEvents.Connect or MilterEvents.Helo)
        {
            voice.Fail("Discard means nothing before a message. Continue is answered.");
        }

        Answer(kind, Decide(kind, result, Peer.Agreement.Replies.Has(kind)));
    }

    /// <summary>Takes the handler's verdict, or the failure verdict in its place.</summary>
    private Verdict Decide(MilterEvents kind, HandlerResult<Verdict> result, bool isAnswered)
    {
        var verdict = result.IsGiven ? result.Value : voice.Options.FailureVerdict;
        var answer = _verdicts.Take(kind, verdict, isAnswered, Peer.Agreement.Steps.Has(MilterSteps.Skip));

        // A handler that has ended the message itself is not told that it ended.
        _owesAbort &= !result.IsGiven || _verdicts.Decided is null;
        return answer;
    }

    /// <summary>Writes the one reply of an event, if it has one.</summary>
    private void Answer(MilterEvents kind, Verdict verdict)
    {
        if (Peer.Agreement.Replies.Has(kind))
        {
            ReplyEncoder.Write(writer, verdict);
        }
    }

    private async ValueTask EndOfMessageAsync(ReadOnlyMemory<byte> lastChunk)
    {
        _owesClose = true;
        if (!lastChunk.IsEmpty && IsAsked(MilterEvents.Body))
        {
            // Body data inside SMFIC_BODYEOB: two events, one reply (libmilter).
            var result = await desk.IsFreeAsync().ConfigureAwait(false)
                ? await desk.VerdictAsync(Start(CommandCode.Body, lastChunk)).ConfigureAwait(false)
                : default;
            _ = Decide(MilterEvents.Body, result, isAnswered: false);
        }

        MessageVerdict answer;
        if (_verdicts.Decided is { } decided)
        {
            answer = MessageVerdict.Continue with { Verdict = decided };
        }
        else
        {
            _owesAbort = false;
            answer = await desk.MessageAsync(Peer.Handler).ConfigureAwait(false);
        }

        new MessageAnswer(writer, Peer.Agreement, voice).Write(answer);
        await EndTransactionAsync().ConfigureAwait(false);
    }

    private async ValueTask EndTransactionAsync(bool keepsNextMail = false)
    {
        if (_owesAbort)
        {
            _owesAbort = false;
            await desk.TellAsync(Peer.Handler.AbortAsync).ConfigureAwait(false);
        }

        _verdicts.ClearMessage();
        if (!keepsNextMail)
        {
            Macros.ClearMessage();
        }

        if (LegalOrder.IsInMessage(voice.State))
        {
            voice.State = SessionState.Greeted;
        }
    }
}
