using System.Globalization;
using System.Net.Sockets;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Transports;

namespace Pmilter.Server;

/// <summary>Makes a session of an accepted connection.</summary>
internal sealed class SessionHost(SessionOptions options, Func<ISessionContext, PolicyHandler> createHandler, ISessionObserver observer)
{
    private long _last;

    public async Task ServeAsync(Socket connection, string listener, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _last).ToString("x4", CultureInfo.InvariantCulture);
        PolicyHandler? handler = null;
        var session = new MilterSession(
            new SocketTransport(connection), context => handler = createHandler(context), options with { Id = id, Listener = listener }, observer);
        try
        {
            await session.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            handler?.End();
        }
    }
}
