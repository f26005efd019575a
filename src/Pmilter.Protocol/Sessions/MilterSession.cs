using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>One MTA connection, from its negotiation to its end. The loop itself is in <see cref="SessionLoop"/>.</summary>
/// <param name="transport">The connection; the session owns it and disposes of it.</param>
/// <param name="createHandler">Called once, when the MTA's offer has come: a probe that only connects costs no handler.</param>
/// <param name="options">See there.</param>
/// <param name="observer">Hears warnings and failures.</param>
public sealed class MilterSession(
    ITransport transport,
    Func<ISessionContext, IMilterHandler> createHandler,
    SessionOptions options,
    ISessionObserver observer)
{
    /// <summary>
    /// Serves the connection until it ends; throws nothing. Whatever goes wrong is told to the observer and ends this connection only.
    /// </summary>
    /// <param name="cancellationToken">Ends the session at once, without an answer to what is being handled.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var idle = new IdleWatch(options.Clock, options.IdleTimeout, cancellationToken);
        using var clock = new HandlerClock(options.Clock, cancellationToken);
        var voice = new SessionVoice(options, observer);
        var reader = new FrameReader(transport);
        var writer = new FrameWriter(transport);
        var loop = new SessionLoop(reader, writer, createHandler, voice, idle, new HandlerDesk(reader, writer, voice, idle, clock));
        try
        {
            await loop.ServeAsync().ConfigureAwait(false);
        }
        catch (ProtocolException e)
        {
            voice.Warn($"{e.Message} The connection is closed.", e);
        }
        catch (IOException e)
        {
            voice.Warn($"The connection broke: {e.Message}", e);
        }
        catch (OperationCanceledException) when (idle.IsExpired)
        {
            voice.Warn($"No command came for {options.IdleTimeout.TotalSeconds:0} s. The connection is closed.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception e)
        {
            voice.Fail("The session failed. The connection is closed.", e);
        }
        finally
        {
            await EndAsync(loop, reader, clock).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(SessionLoop loop, FrameReader reader, HandlerClock clock)
    {
        await loop.EndClientAsync().ConfigureAwait(false);
        if (!clock.HasLate)
        {
            // A handler that is still busy may still read the buffer.
            reader.Release();
        }

        try
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It had broken before.
        }
    }
}
