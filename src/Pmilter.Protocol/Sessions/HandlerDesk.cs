using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>Gets answers out of a handler: one call at a time, each with its deadline, whatever the handler does.</summary>
internal sealed class HandlerDesk(FrameReader reader, FrameWriter writer, SessionVoice voice, IdleWatch idle, HandlerClock clock)
{
    private Func<ValueTask>? _progress;

    /// <summary>The token that goes with a call.</summary>
    public CancellationToken Token => clock.Token;

    /// <summary>Whether the handler is still busy with an event that was answered without it.</summary>
    public bool IsBusy => clock.HasLate;

    /// <summary>Gives the handler time to leave an earlier event. False: it did not, which has been told.</summary>
    public async ValueTask<bool> IsFreeAsync(bool isLast = false)
    {
        if (!clock.HasLate || await clock.LateFinishesAsync(voice.Options.EventDeadline, isLast).ConfigureAwait(false))
        {
            return true;
        }

        voice.Fail("The handler is still busy with an earlier event.");
        return false;
    }

    /// <summary>Waits for the verdict on an event.</summary>
    public ValueTask<HandlerResult<Verdict>> VerdictAsync(ValueTask<Verdict> call) =>
        ResultAsync(call, voice.Options.EventDeadline, null);

    /// <summary>Asks for the message's verdict, and keeps the MTA waiting with progress meanwhile.</summary>
    public async ValueTask<MessageVerdict> MessageAsync(IMilterHandler handler)
    {
        var result = default(HandlerResult<MessageVerdict>);
        if (await IsFreeAsync().ConfigureAwait(false))
        {
            result = await ResultAsync(Start(handler), voice.Options.EndOfMessageDeadline, _progress ??= ProgressAsync).ConfigureAwait(false);
        }

        return result.IsGiven ? result.Value : MessageVerdict.Continue with { Verdict = voice.Options.FailureVerdict };
    }

    /// <summary>Tells the handler of an end; it has no say in it, and no more time than for an event.</summary>
    public async ValueTask TellAsync(Func<ValueTask> tell)
    {
        try
        {
            if (await IsFreeAsync(isLast: true).ConfigureAwait(false))
            {
                await tell().AsTask().WaitAsync(voice.Options.EventDeadline, voice.Options.Clock).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            voice.Fail("The handler failed at the end of a transaction or connection.", e);
        }
    }

    private ValueTask<MessageVerdict> Start(IMilterHandler handler)
    {
        try
        {
            return handler.EndOfMessageAsync(clock.Token);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<MessageVerdict>(e);
        }
    }

    private async ValueTask<HandlerResult<T>> ResultAsync<T>(ValueTask<T> call, TimeSpan deadline, Func<ValueTask>? progress)
    {
        if (call.IsCompletedSuccessfully)
        {
            return new HandlerResult<T>(true, call.Result);
        }

        var task = call.AsTask();
        clock.Watch(task);
        await writer.FlushAsync(idle.Token).ConfigureAwait(false);
        if (!await clock.FinishesAsync(task, deadline, voice.Options.ProgressInterval, progress).ConfigureAwait(false))
        {
            // The handler may still read the command: its buffer is left to it.
            reader.Detach();
            await clock.GiveUpAsync().ConfigureAwait(false);
            voice.Fail($"The handler took longer than {deadline.TotalSeconds:0.###} s. The failure verdict is taken.");
            return default;
        }

        if (task.IsCompletedSuccessfully)
        {
            return new HandlerResult<T>(true, task.Result);
        }

        voice.Fail("The handler failed. The failure verdict is taken.", task.Exception?.InnerException ?? new OperationCanceledException());
        return default;
    }

    private ValueTask ProgressAsync()
    {
        writer.Write((byte)ReplyCode.Progress);
        return writer.FlushAsync(idle.Token);
    }
}
