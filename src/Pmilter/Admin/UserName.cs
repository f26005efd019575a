using System.Runtime.InteropServices;

namespace Pmilter.Admin;

/// <summary>Names of users, as this machine knows them.</summary>
internal static partial class UserName
{
    private static readonly Lock Gate = new();

    /// <summary>Empty where there is none.</summary>
    public static string Of(uint uid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return string.Empty;
        }

        lock (Gate)
        {
            // struct passwd begins with the name; it lies in a place of the C library's that the next call overwrites.
            var entry = FindUser(uid);
            return entry == 0 ? string.Empty : Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(entry)) ?? string.Empty;
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwuid")]
    private static partial nint FindUser(uint uid);
}
