using System.Diagnostics;

namespace Pmilter.Tests.Admin;

/// <summary>A test that runs the program as another user; as root, where that user may read the program.</summary>
internal sealed class OtherUserFactAttribute : FactAttribute
{
    public OtherUserFactAttribute() => Skip = Reason;

    /// <summary>The program of the tests.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "pmilter.dll");

    /// <summary>What starts a program as the user nobody in one group.</summary>
    public static string[] As(int group) => ["--reuid", "65534", "--regid", $"{group}", "--clear-groups", "env", "SUDO_USER=mallory", "HOME=/tmp"];

    private static string? Reason { get; } =
        !OperatingSystem.IsLinux() || Environment.UserName != "root" ? "only root can run a program as another user"
        : !File.Exists("/usr/bin/setpriv") ? "setpriv (util-linux) is not installed"
        : !MayRead() ? "the user nobody may not read the program of the tests"
        : null;

    private static bool MayRead()
    {
        using var process = Process.Start("/usr/bin/setpriv", [.. As(65534), "test", "-r", Program]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
