using System.Globalization;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Server;

/// <summary>
/// The snapshot in its folder. One process writes it: whoever holds the lock file. It is written beside the old one, flushed to the
/// disk and renamed, so that at any moment there is a whole one.
/// </summary>
internal sealed class StateFile(string folder) : IDisposable
{
    private const string FileName = "state.snapshot";
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private readonly string _lockPath = Path.Combine(folder, "lock");
    private FileStream? _lock;

    public string Snapshot { get; } = Path.Combine(folder, FileName);

    private string Temporary => Snapshot + ".tmp";

    /// <summary>Makes the folder where it is missing, and takes it for this process until <see cref="Dispose"/>.</summary>
    /// <exception cref="ServerStartException">Another process has it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Lock()
    {
        if (_lock is not null && File.Exists(_lockPath))
        {
            return;
        }

        // The lock of a folder that was removed meanwhile locks nothing.
        Unlock();
        MakeFolder();
        try
        {
            _lock = new FileStream(_lockPath, Options(FileMode.OpenOrCreate));
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new ServerStartException(
                $"Cannot use the state folder {folder}: another pmilter runs with it; stop that one, or give this one a folder of its own ('state: {{ dir: … }}' in pmilter.yaml).", error);
        }

        File.Delete(Temporary);
    }

    /// <summary>Null when there is none.</summary>
    /// <exception cref="StateSnapshotException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public SnapshotContent? Load(MemoryStateStore state, DateTimeOffset now)
    {
        if (!File.Exists(Snapshot))
        {
            return null;
        }

        using var file = new FileStream(Snapshot, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return StateSnapshot.Read(file, state, now);
    }

    /// <summary>Out of the way, for whoever wants to look at it; the new path.</summary>
    public string SetAside(DateTimeOffset now)
    {
        var aside = Snapshot + ".broken-" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        File.Move(Snapshot, aside, overwrite: true);
        return aside;
    }

    /// <exception cref="IOException">It cannot be written; the old one stands.</exception>
    public void Save(MemoryStateStore state, DateTimeOffset now)
    {
        Lock();
        using (var file = new FileStream(Temporary, Options(FileMode.Create)))
        {
            StateSnapshot.Write(state, file, now);
            file.Flush(flushToDisk: true);
        }

        File.Move(Temporary, Snapshot, overwrite: true);
        StateFolderSync.Flush(folder);
    }

    public void Dispose() => Unlock();

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        return options;
    }

    /// <summary>EWOULDBLOCK of flock(2), which .NET passes on: 11, on macOS 35; on Windows a sharing violation.</summary>
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, OwnerFolder);
    }

    private void Unlock()
    {
        _lock?.Dispose();
        _lock = null;
    }
}
