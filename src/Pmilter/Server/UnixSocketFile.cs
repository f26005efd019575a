using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pmilter.Server;

/// <summary>The file of a Unix socket: made free before bind, given its mode and group before anybody may connect.</summary>
internal static partial class UnixSocketFile
{
    private const uint KeepOwner = uint.MaxValue;

    /// <summary>sockaddr_un.sun_path holds 108 bytes, the last of them NUL.</summary>
    private const int MaxPathBytes = 107;

    /// <summary>Removes a socket that nobody answers on; anything else at that path is an error that names the fix.</summary>
    public static void MakeFree(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            throw new ServerStartException($"Cannot listen on unix:{path}: the path is longer than {MaxPathBytes} bytes; choose a shorter one.");
        }

        var directory = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(directory))
        {
            throw new ServerStartException($"Cannot listen on unix:{path}: the directory {directory} does not exist; create it, writable for this user (install -d -m 0755 -o USER {directory}).");
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (!IsSocket(path))
        {
            throw new ServerStartException($"Cannot listen on unix:{path}: the file exists and is not a socket; remove it or choose another path.");
        }

        if (Answers(path))
        {
            throw new ServerStartException($"Cannot listen on unix:{path}: another process answers on it; stop that one (is a pmilter running already?) or choose another path.");
        }

        File.Delete(path);
    }

    /// <summary>Between bind and listen, when nobody can connect yet.</summary>
    public static void Own(string path, UnixFileMode? mode, string group)
    {
        if (group.Length > 0 && ChangeOwner(path, KeepOwner, GroupNumber(path, group)) != 0)
        {
            throw new ServerStartException($"Cannot give unix:{path} to the group {group}: {Marshal.GetLastPInvokeErrorMessage()}; start as root or as a member of that group.");
        }

        if (mode is { } given && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, given);
        }
    }

    private static bool IsSocket(string path)
    {
        try
        {
            // open(2) of a socket fails with ENXIO. Read-write, since opening a FIFO to read alone would block.
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static bool Answers(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException error)
        {
            // A full backlog is somebody, too.
            return error.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable);
        }
    }

    private static uint GroupNumber(string path, string group)
    {
        if (uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        // struct group begins with two pointers, name and password; then the number.
        var entry = FindGroup(group);
        return entry != 0
            ? (uint)Marshal.ReadInt32(entry, 2 * nint.Size)
            : throw new ServerStartException($"Cannot give unix:{path} to the group {group}: there is no such group; create it (groupadd {group}) or correct the socket's group.");
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FindGroup(string name);
}
