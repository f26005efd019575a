using System.Text;
using Serilog.Sinks.File;

namespace Pmilter.Telemetry;

/// <summary>
/// Who writes to whom is nobody else's business: a new log file is its owner's, and its group may read it. One that is there keeps its mode. Lines go
/// whole to the file's end, wherever that is: while a process takes over, both write.
/// </summary>
internal sealed class PrivateFile : FileLifecycleHooks
{
    /// <summary>A longer line goes in two pieces.</summary>
    private const int LineBytes = 64 * 1024;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Makes the file if it is not there. Where that cannot be done, whoever opens it says so.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The log itself is opened next, and its failure is told.
        }
    }

    /// <summary>For files whose names come with the day.</summary>
    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
    {
        if (!OperatingSystem.IsWindows() && underlyingStream.Length == 0)
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) & Mode);
        }

        return AppendingFile.TryMake(path) ? new BufferedStream(base.OnFileOpened(path, underlyingStream, encoding), LineBytes) : base.OnFileOpened(path, underlyingStream, encoding);
    }
}
