using System.Globalization;

namespace Pmilter.Server;

/// <summary>
/// How many files the system lets this process have open. Connections never take the last of them: a runtime that can open nothing
/// more cannot load, log or start a thread, and may end the process.
/// </summary>
internal static class DescriptorLimit
{
    /// <summary>For logs, state, reloads, the DNS, Redis and workers.</summary>
    private const int Reserve = 256;

    private const string OpenFiles = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <returns>How many may be open, <see cref="long.MaxValue"/> where there is no limit, and how many are.</returns>
    public static (long Files, int Open) Read()
    {
        try
        {
            return File.Exists(Limits) ? (Parse(File.ReadLines(Limits)), Directory.EnumerateFileSystemEntries(OpenFiles).Count()) : (long.MaxValue, 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (long.MaxValue, 0);
        }
    }

    /// <summary>A quarter is kept where there are few.</summary>
    public static int ConnectionsWithin(long files, int open, int wanted) => (int)Math.Clamp(files - open - Math.Min(Reserve, files / 4), 1, wanted);

    /// <summary>The soft limit: <c>Max open files  1024  524288  files</c>.</summary>
    internal static long Parse(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        var word = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? files : long.MaxValue;
    }
}
