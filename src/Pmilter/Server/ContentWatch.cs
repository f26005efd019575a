using Microsoft.Extensions.Logging;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Server;

/// <summary>Tells when messages begin to pass a limit of <c>content</c>: once, until for an hour none has, however many come.</summary>
internal sealed partial class ContentWatch(TimeProvider time, ILogger<ContentWatch> logger)
{
    private static readonly TimeSpan Calm = TimeSpan.FromHours(1);

    private readonly long[] _last = new long[Enum.GetValues<ContentBound>().Length];

    public void Note(ISessionContext session, ContentBound bound)
    {
        if (bound == ContentBound.None)
        {
            return;
        }

        var now = time.GetUtcNow().UtcTicks;
        var before = Interlocked.Exchange(ref _last[(int)bound], now);
        if (now - before > Calm.Ticks)
        {
            Log.Bounded(logger, session.Id, session.Macros["i"] ?? string.Empty, WordsOf(bound));
        }
    }

    private static string WordsOf(ContentBound bound) => bound switch
    {
        ContentBound.Parts => "it has more parts than content.max_parts",
        ContentBound.Depth => "parts are nested deeper than content.max_depth",
        ContentBound.Headers => "the headers of its parts are longer than content.headers_limit",
        ContentBound.ArchiveNames => "the names in its archives are longer than content.headers_limit",
        _ => "it is no MIME that can be followed to the end",
    };

    private static partial class Log
    {
        [LoggerMessage(570, LogLevel.Warning, "{Session} {QueueId}: not all of a message was looked at: {Reason}. Rules that could not be answered go to their on_error; further such messages are told at level info.")]
        public static partial void Bounded(ILogger logger, string session, string queueId, string reason);
    }
}
