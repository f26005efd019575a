using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pmilter.Promotion;

/// <summary>Gives a file the owner and group of another, as far as we may: root edits what the server's user must still read.</summary>
internal static partial class FileOwner
{
    private const int CurrentFolder = -100;     // AT_FDCWD
    private const uint OwnerAndGroup = 0x18;    // STATX_UID | STATX_GID
    private const int UserAt = 20;              // struct statx, the same on every architecture: stx_uid, then stx_gid
    private const int GroupAt = 24;

    public static void Copy(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var status = new byte[256];
        if (Status(CurrentFolder, from, 0, OwnerAndGroup, status) == 0)
        {
            // Without the right to it, the file is ours, as any editor's would be.
            _ = ChangeOwner(to, BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(UserAt)), BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(GroupAt)));
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, [Out] byte[] status);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
