using Pmilter.Protocol.Replies;

namespace Pmilter.Protocol.Sessions;

/// <summary>How one session is run. Read once, when the session starts.</summary>
public sealed record SessionOptions
{
    /// <summary>See <see cref="ISessionContext.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary>See <see cref="ISessionContext.Listener"/>.</summary>
    public string Listener { get; init; } = string.Empty;

    /// <summary>
    /// How long the MTA may send nothing; 7210 s, libmilter's default (smfi_settimeout: decreasing it is strongly discouraged).
    /// Then the connection is closed with a warning.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(7210);

    /// <summary>How long a handler may take for an event; 8 s, below the 10 s of Sendmail's default. Then <see cref="FailureVerdict"/> is answered.</summary>
    public TimeSpan EventDeadline { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The same at end of message, where progress keeps the MTA waiting; 60 s (Sendmail and Postfix allow 300 s).</summary>
    public TimeSpan EndOfMessageDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often progress is sent while end of message waits; 5 s, below the 10 s of Sendmail's default.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Answered when the handler throws or misses its deadline; tempfail without a text. Continue fails open. Not skip.</summary>
    public Verdict FailureVerdict { get; init; } = Verdict.Tempfail();

    /// <summary>The clock of all deadlines; the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
