using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// Read, handle, write. Every event goes one way: legal here? → macros scoped → decided already? → the handler → one verdict →
/// answered if a reply was agreed. Nothing else writes to the connection.
/// </summary>
internal sealed class SessionLoop(
    FrameReader reader,
    FrameWriter writer,
    Func<ISessionContext, IMilterHandler> createHandler,
    SessionVoice voice,
    IdleWatch idle,
    HandlerClock clock) : ISessionContext
{
    private readonly TransactionVerdicts _verdicts = new();
    private NegotiatedHandler? _peer;
    private CommandCode _command;
    private bool _hasQuit;
    private bool _owesAbort;
    private bool _owesClose;

    public string Id => voice.Options.Id;

    public string Listener => voice.Options.Listener;

    public MacroTable Macros { get; } = new();

    public Agreement? Agreement => _peer?.Agreement;

    public SessionState State { get; private set; }

    private NegotiatedHandler Peer => _peer ?? throw new ProtocolException($"{_command} came before the negotiation.", _command);

    public async Task ServeAsync()
    {
        while (true)
        {
            while (!_hasQuit && reader.TryRead(out var frame))
            {
                var handled = HandleAsync(frame);
                if (!handled.IsCompletedSuccessfully)
                {
                    await handled.ConfigureAwait(false);
                }
            }

            await writer.FlushAsync(idle.Token).ConfigureAwait(false);
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
            await TellAsync(Peer.Handler.CloseAsync).ConfigureAwait(false);
        }

        _verdicts.Clear();
        Macros.Clear();
        State = _peer is null ? SessionState.Start : SessionState.Negotiated;
    }

    public void Warn(string message, CommandCode command, Exception? error) => voice.Warn(message, command, State, error);

    public void Fail(string message, Exception? error) => voice.Fail(message, _command, State, error);

    private ValueTask HandleAsync(Frame frame)
    {
        _command = (CommandCode)frame.Code;
        switch (_command)
        {
            case CommandCode.Negotiate when State == SessionState.Start:
                Negotiate(frame.Data.Span);
                return default;
            case CommandCode.Quit:
                _hasQuit = true;
                return default;
            case CommandCode.Macro:
                _ = Peer;
                Macros.Store(frame.Data.Span);
                return default;
            case CommandCode.Abort:
                // Postfix repeats it up to three times, also after end of message.
                _ = Peer;
                return EndTransactionAsync();
            case CommandCode.QuitNewConnection:
                _ = Peer;
                return EndClientAsync();
            case CommandCode.Unknown:
                return EventAsync(MilterEvents.Unknown, frame.Data);
        }

        var kind = EventSteps.EventOf(_command);
        if (kind == MilterEvents.None && _command != CommandCode.Negotiate)
        {
            throw new ProtocolException($"The command 0x{frame.Code:X2} is unknown.");
        }

        return LegalOrder.Allows(State, _command, Peer.Agreement.Events)
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
        State = SessionState.Negotiated;
    }

    /// <summary>Out of order: what was open is given up, and the command tried again as if after HELO; else it is ignored (libmilter).</summary>
    private async ValueTask RecoverAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        var isAllowed = LegalOrder.Allows(SessionState.Greeted, _command, Peer.Agreement.Events);
        var isDecided = LegalOrder.IsInMessage(State) && _verdicts.Decided is not null;
        if (!isAllowed || !isDecided)
        {
            // Sendmail sends no ABORT for a message that has its verdict: the next one is no surprise then.
            Warn($"{_command} is out of order. {(isAllowed ? "A new transaction is begun." : "It is ignored.")}", _command, null);
        }

        await EndTransactionAsync().ConfigureAwait(false);
        if (isAllowed)
        {
            await EnterAsync(kind, data).ConfigureAwait(false);
        }
    }

    private ValueTask EnterAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        Macros.ClearAfter(_command);
        State = LegalOrder.StateAfter(_command);
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

        if (clock.HasLate)
        {
            return AskAsync(kind, data);
        }

        var call = Start(kind, data);
        if (!call.IsCompletedSuccessfully)
        {
            return ConcludeAsync(kind, call);
        }

        Conclude(kind, call.Result);
        return default;
    }

    /// <summary>Whether the handler decides: it wants the event, has not skipped it, and nothing is decided yet.</summary>
    private bool IsAsked(MilterEvents kind) =>
        _verdicts.Decided is null && Peer.Required.HasFlag(kind) && !_verdicts.IsSkipped(kind);

    private ValueTask<Verdict> Start(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        _owesAbort |= LegalOrder.IsInMessage(State) && kind != MilterEvents.Unknown;
        var command = kind == MilterEvents.Body ? CommandCode.Body : _command;
        try
        {
            return HandlerCall.Start(Peer.Handler, command, data, clock.Token);
        }
        catch (Exception e) when (e is not ProtocolException)
        {
            return ValueTask.FromException<Verdict>(e);
        }
    }

    private async ValueTask AskAsync(MilterEvents kind, ReadOnlyMemory<byte> data)
    {
        if (await clock.LateFinishesAsync(voice.Options.EventDeadline).ConfigureAwait(false))
        {
            await ConcludeAsync(kind, Start(kind, data)).ConfigureAwait(false);
            return;
        }

        Fail("The handler is still busy with an earlier event.", null);
        Conclude(kind, voice.Options.FailureVerdict, isFailure: true);
    }

    private async ValueTask ConcludeAsync(MilterEvents kind, ValueTask<Verdict> call)
    {
        var verdict = await ResultAsync(call.AsTask(), voice.Options.EventDeadline, null).ConfigureAwait(false);
        Conclude(kind, verdict.IsGiven ? verdict.Value : voice.Options.FailureVerdict, isFailure: !verdict.IsGiven);
    }

    private void Conclude(MilterEvents kind, Verdict verdict, bool isFailure = false)
    {
        if (verdict.Kind == VerdictKind.Discard && kind is MilterEvents.Connect or MilterEvents.Helo)
        {
            Fail("Discard means nothing before a message. Continue is answered.", null);
        }

        var isAnswered = Peer.Agreement.Replies.HasFlag(kind);
        var answer = _verdicts.Take(kind, verdict, isAnswered, Peer.Agreement.Steps.HasFlag(MilterSteps.Skip));

        // A handler that has ended the message itself is not told that it ended.
        _owesAbort &= isFailure || _verdicts.Decided is null;
        Answer(kind, answer);
    }

    /// <summary>Writes the one reply of an event, if it has one.</summary>
    private void Answer(MilterEvents kind, Verdict verdict)
    {
        if (Peer.Agreement.Replies.HasFlag(kind))
        {
            ReplyEncoder.Write(writer, verdict);
        }
    }

    private async ValueTask EndOfMessageAsync(ReadOnlyMemory<byte> lastChunk)
    {
        _owesClose = true;
        if (!lastChunk.IsEmpty && IsAsked(MilterEvents.Body))
        {
            await LastChunkAsync(lastChunk).ConfigureAwait(false);
        }

        var verdict = _verdicts.Decided is { } decided
            ? MessageVerdict.Continue with { Verdict = decided }
            : await AskEndOfMessageAsync().ConfigureAwait(false);
        new MessageAnswer(writer, Peer.Agreement, voice).Write(verdict, State);
        await EndTransactionAsync().ConfigureAwait(false);
    }

    /// <summary>Body data inside SMFIC_BODYEOB: both events are answered by one reply (libmilter).</summary>
    private async ValueTask LastChunkAsync(ReadOnlyMemory<byte> chunk)
    {
        if (clock.HasLate && !await clock.LateFinishesAsync(voice.Options.EventDeadline).ConfigureAwait(false))
        {
            return;
        }

        var verdict = await ResultAsync(Start(MilterEvents.Body, chunk).AsTask(), voice.Options.EventDeadline, null).ConfigureAwait(false);
        _verdicts.Take(MilterEvents.Body, verdict.IsGiven ? verdict.Value : voice.Options.FailureVerdict, isAnswered: false, maySkip: false);
        _owesAbort &= !verdict.IsGiven || _verdicts.Decided is null;
    }

    private async ValueTask<MessageVerdict> AskEndOfMessageAsync()
    {
        var failure = MessageVerdict.Continue with { Verdict = voice.Options.FailureVerdict };
        if (clock.HasLate && !await clock.LateFinishesAsync(voice.Options.EventDeadline).ConfigureAwait(false))
        {
            Fail("The handler is still busy with an earlier event.", null);
            return failure;
        }

        _owesAbort = false;
        ValueTask<MessageVerdict> call;
        try
        {
            call = Peer.Handler.EndOfMessageAsync(clock.Token);
        }
        catch (Exception e)
        {
            Fail("The handler failed. The failure verdict is taken.", e);
            return failure;
        }

        if (call.IsCompletedSuccessfully)
        {
            return call.Result;
        }

        var verdict = await ResultAsync(call.AsTask(), voice.Options.EndOfMessageDeadline, ProgressAsync).ConfigureAwait(false);
        return verdict.IsGiven ? verdict.Value : failure;
    }

    private ValueTask ProgressAsync()
    {
        writer.Write((byte)ReplyCode.Progress);
        return writer.FlushAsync(idle.Token);
    }

    private async ValueTask<HandlerResult<T>> ResultAsync<T>(Task<T> task, TimeSpan deadline, Func<ValueTask>? progress)
    {
        clock.Watch(task);
        await writer.FlushAsync(idle.Token).ConfigureAwait(false);
        if (!await clock.FinishesAsync(task, deadline, voice.Options.ProgressInterval, progress).ConfigureAwait(false))
        {
            // The handler may still read the command: its buffer is left to it.
            reader.Detach();
            await clock.GiveUpAsync().ConfigureAwait(false);
            Fail($"The handler took longer than {deadline.TotalSeconds:0.###} s. The failure verdict is taken.", null);
            return default;
        }

        if (task.IsCompletedSuccessfully)
        {
            return new HandlerResult<T>(true, task.Result);
        }

        if (task.Exception?.InnerException is ProtocolException undecodable)
        {
            throw undecodable;
        }

        Fail("The handler failed. The failure verdict is taken.", task.Exception?.InnerException ?? new OperationCanceledException());
        return default;
    }

    private async ValueTask EndTransactionAsync()
    {
        if (_owesAbort)
        {
            _owesAbort = false;
            await TellAsync(Peer.Handler.AbortAsync).ConfigureAwait(false);
        }

        _verdicts.ClearMessage();
        Macros.ClearMessage();
        if (LegalOrder.IsInMessage(State))
        {
            State = SessionState.Greeted;
        }
    }

    /// <summary>Tells the handler of an end; it has no say in it, and no more time than for an event.</summary>
    private async ValueTask TellAsync(Func<ValueTask> tell)
    {
        try
        {
            if (!await clock.LateFinishesAsync(voice.Options.EventDeadline, isLast: true).ConfigureAwait(false))
            {
                Fail("The handler is still busy with an earlier event and is not told of the end.", null);
                return;
            }

            await tell().AsTask().WaitAsync(voice.Options.EventDeadline, voice.Options.Clock).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail("The handler failed at the end of a transaction or connection.", e);
        }
    }
}
