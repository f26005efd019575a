using Microsoft.Extensions.Logging;
using Pmilter.Service;

namespace Pmilter.Server;

/// <summary>Makes the listeners of the configuration, and says how many connections they may have.</summary>
internal sealed partial class ListenerOpening(ServerSettings options, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<ListenerOpening>();

    /// <summary><c>server.max_connections</c>, or fewer where the system allows fewer open files.</summary>
    public int MostConnections()
    {
        var (files, open) = DescriptorLimit.Read();
        var most = DescriptorLimit.ConnectionsWithin(files, open, options.MaxConnections);
        if (most < options.MaxConnections)
        {
            Log.FewFiles(_logger, options.MaxConnections, files, most);
        }

        return most;
    }

    /// <exception cref="ServerStartException">One cannot be listened on.</exception>
    public async Task<IReadOnlyList<MilterListener>> OpenAsync(ConnectionSlots slots, SessionLoops loops, InheritedSockets inherited, CancellationToken cancellationToken)
    {
        var allowed = new AllowedSources(options.Allow, time);
        var sockets = await ListenerSockets.OpenAsync(options.Listen, inherited, cancellationToken).ConfigureAwait(false);
        return [.. sockets.Select(one =>
        {
            var (accept, pause) = loops.Acceptor(one.Socket);
            return new MilterListener(one.Place, one.Socket, allowed, slots, time, loggers.CreateLogger<MilterListener>()) { Accept = accept, Rest = pause };
        })];
    }

    private static partial class Log
    {
        [LoggerMessage(800, LogLevel.Warning, "server.max_connections is {Wanted}, and the system allows {Files} open files: {Most} connections are served at once. Raise the limit of open files (LimitNOFILE, ulimit -n)")]
        public static partial void FewFiles(ILogger logger, int wanted, long files, int most);
    }
}
