namespace Pmilter.Server;

/// <summary>
/// For sockets that no loop of ours waits for (<see cref="SessionLoops"/>): what awaits one goes on in the thread that found it readable instead of
/// being handed to another: less CPU (docs/performance.md). It is safe because nothing that runs there blocks.
/// </summary>
internal static class InlineCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first socket: the base library reads its variable once. A value of the administrator's stands; 0 switches it off.</summary>
    public static void Prefer()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
