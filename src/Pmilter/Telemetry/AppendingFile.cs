using System.Globalization;
using System.Runtime.InteropServices;

namespace Pmilter.Telemetry;

/// <summary>
/// O_APPEND for files that this process has open. The base library's append mode only begins at the end, and then writes where it thinks that it
/// is: two processes with one log would write over each other's lines. Serilog gives no handle away, so that it is looked for by its path.
/// </summary>
internal static partial class AppendingFile
{
    private const string OpenFiles = "/proc/self/fd";
    private const int SetStatusFlags = 4; // F_SETFL
    private const int Append = 0x400; // O_APPEND of Linux

    /// <summary>False where the system does not tell which files are open.</summary>
    public static bool TryMake(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            using var own = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var target = TargetOf($"{OpenFiles}/{own.SafeFileHandle.DangerousGetHandle()}");
            var isMade = false;
            foreach (var file in Directory.EnumerateFileSystemEntries(OpenFiles))
            {
                if (target is not null && TargetOf(file) == target)
                {
                    isMade |= ControlDescriptor(int.Parse(Path.GetFileName(file), CultureInfo.InvariantCulture), SetStatusFlags, Append) == 0;
                }
            }

            return isMade;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Null for one that was closed meanwhile.</summary>
    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlDescriptor(int descriptor, int command, int argument);
}
