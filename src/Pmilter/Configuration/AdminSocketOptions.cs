namespace Pmilter.Configuration;

/// <summary>A Unix socket of <c>admin</c>.</summary>
/// <param name="Path">Empty: none.</param>
/// <param name="Mode">Default 0600: the server's user alone.</param>
/// <param name="Group">A name or a number; empty (default) leaves the server's.</param>
internal sealed record AdminSocketOptions(string Path, UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, string Group = "")
{
    /// <summary>0660, for a socket with a group.</summary>
    public const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Somebody besides the server's user, and root.</summary>
    public bool IsForOthers => (Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None;
}
