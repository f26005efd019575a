namespace Pmilter.Server;

/// <summary>
/// Sessions go on in the thread that found their socket readable instead of being handed to another: less CPU a message
/// (docs/performance.md). It is safe because nothing in a session blocks: rules are computed, and what must be waited for is awaited.
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
