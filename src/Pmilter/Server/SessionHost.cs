using System.Globalization;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Transports;

namespace Pmilter.Server;

/// <summary>Makes a session of an accepted connection, and owns that.</summary>
internal sealed class SessionHost(SessionOptions options, Func<ISessionContext, PolicyHandler> createHandler, Func<SessionLog> createLog)
{
    private long _last;

    public async Task ServeAsync(ITransport connection, string listener, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _last).ToString("x4", CultureInfo.InvariantCulture);
        PolicyHandler? handler = null;
        var log = createLog();
        var session = new MilterSession(
            connection, Create, options with { Id = id, Listener = listener }, log);
        try
        {
            await session.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            handler?.End();
        }

        PolicyHandler Create(ISessionContext context)
        {
            log.Session = context;
            return handler = createHandler(context);
        }
    }
}
