using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pmilter.Server;

namespace Pmilter.Admin;

/// <summary>A way in for people: a Unix socket, who may use it, and what for.</summary>
/// <param name="Path">Empty: closed.</param>
/// <param name="IsReadOnly">Tells everything, changes nothing.</param>
/// <param name="Main">The socket that changes things; for messages.</param>
internal sealed partial record AdminDoor(string Path, SocketAccess Access, bool IsReadOnly, string Main)
{
    private const UnixFileMode Entering = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode OfOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary><c>admin.socket</c> and <c>admin.read_socket</c>.</summary>
    public static AdminDoor[] Of(ServerSettings options) =>
    [
        new(options.AdminSocket, options.AdminAccess, IsReadOnly: false, options.AdminSocket),
        new(options.ReadSocket, options.ReadAccess, IsReadOnly: true, options.AdminSocket),
    ];

    /// <summary>As the audit log has it.</summary>
    public string Role => IsReadOnly ? "reader" : "admin";

    /// <summary>What is said to who would change something.</summary>
    public string Refusal => $"Nothing was changed: this socket, {Path} (admin.read_socket), only reads. "
        + (Main.Length > 0 ? $"What changes something goes through {Main} (admin.socket), as its user or group, or as root." : "The socket that changes things is turned off (admin.socket is empty).");

    /// <summary>Its mode and group are set before anybody can connect.</summary>
    /// <exception cref="ServerStartException">It is taken, or its group cannot be given.</exception>
    public Socket Bind(ILogger logger)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        PrivateFolder.Create(folder);
        UnixSocketFile.MakeFree(Path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixListenerEndPoint(Path));
            UnixSocketFile.Own(Path, Access.Mode, Access.Group);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        if (!OperatingSystem.IsWindows() && (Access.Mode & OfOthers) != UnixFileMode.None && (File.GetUnixFileMode(folder) & Entering) == UnixFileMode.None)
        {
            Log.OutOfReach(logger, Path, folder);
        }

        return socket;
    }

    private static partial class Log
    {
        [LoggerMessage(768, LogLevel.Warning, "{Path} is meant for others, too, and {Folder} may be entered by the server's user alone: nobody else gets at it")]
        public static partial void OutOfReach(ILogger logger, string path, string folder);
    }
}
