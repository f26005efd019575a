using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>Hears what a session has to say to the administrator; for logs and meters. Must not throw or block.</summary>
public interface ISessionObserver
{
    /// <summary>The peer's mistake, or a change that could not be made. The session says whether it went on.</summary>
    /// <param name="sessionId">See <see cref="ISessionContext.Id"/>.</param>
    /// <param name="message">A sentence: what was found, what was expected, what was done.</param>
    /// <param name="command">The command in question; null when the frame itself was wrong.</param>
    /// <param name="state">Where the session stood.</param>
    /// <param name="error">The exception behind it, if any.</param>
    void Warning(string sessionId, string message, CommandCode? command, SessionState state, Exception? error);

    /// <summary>Our mistake: the handler threw, or missed its deadline. The failure verdict was taken.</summary>
    void HandlerFailed(string sessionId, string message, CommandCode? command, SessionState state, Exception? error);
}
