namespace Pmilter.Effects.Ruby;

/// <summary>What runs scripts, and what one may cost; the keys of <c>ruby:</c> in pmilter.yaml.</summary>
public sealed record RubyOptions
{
    /// <summary><c>ruby</c>, <c>ironruby</c> or <c>jruby</c>.</summary>
    public string Engine { get; init; } = "ruby";

    /// <summary>The program; empty: the engine's, from PATH.</summary>
    public string Command { get; init; } = string.Empty;

    /// <summary>Processes, 1 to 64.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Calls that wait for a worker; further ones are refused.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>What a process may allocate.</summary>
    public long MemoryBytes { get; init; } = 256L * 1024 * 1024;

    public bool HasGems { get; init; }

    /// <summary>The user that scripts run as; empty: the server's.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>A worker without a session is replaced after that many calls.</summary>
    public int MaxCalls { get; init; } = 100_000;

    /// <summary>What a new worker may take to say that it is there: IronRuby needs seconds.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>There is no Ruby to run scripts with, or it does not start: the message names what was tried and the mend.</summary>
public sealed class RubyEngineException : Exception
{
    public RubyEngineException()
    {
    }

    public RubyEngineException(string message)
        : base(message)
    {
    }

    public RubyEngineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
