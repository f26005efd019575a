using Pmilter.Protocol.Negotiation;

namespace Pmilter.Protocol.Sessions;

/// <summary>What a handler may know of the session that it serves.</summary>
public interface ISessionContext
{
    /// <summary>Short, unique in this process; on every log line of the session.</summary>
    string Id { get; }

    /// <summary>The name of the listener that accepted the connection.</summary>
    string Listener { get; }

    /// <summary>The macros in force now, by scope.</summary>
    MacroTable Macros { get; }

    /// <summary>What was agreed with the MTA; null before the negotiation.</summary>
    Agreement? Agreement { get; }
}
