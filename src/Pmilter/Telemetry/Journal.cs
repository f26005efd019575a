namespace Pmilter.Telemetry;

/// <summary>Whether standard error goes to journald, which reads a priority before each line.</summary>
internal static class Journal
{
    /// <summary>systemd gives it to services, and their children inherit it: it counts only if it names the socket that standard error is.</summary>
    private const string Variable = "JOURNAL_STREAM";

    public static bool HasStandardError { get; } =
        !OperatingSystem.IsWindows() && IsStream(Environment.GetEnvironmentVariable(Variable), new FileInfo("/proc/self/fd/2").LinkTarget);

    /// <param name="stream">Device and inode, <c>8:12345</c>; null where there is no variable.</param>
    /// <param name="target">What the descriptor is, <c>socket:[12345]</c>; null where that cannot be known.</param>
    internal static bool IsStream(string? stream, string? target) =>
        stream?.Split(':') is [_, { Length: > 0 } inode] && target?.EndsWith($":[{inode}]", StringComparison.Ordinal) == true;
}
