using System.Net.Sockets;
using Pmilter.Tests.Faults;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Security;

/// <summary>Under a umask that forbids nothing: what is private is private all the same.</summary>
public sealed class FileModeTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Configuration = """
        server: { listen: [ { at: 'unix:{folder}/m.sock', mode: '0660' } ] }
        state: { dir: '{folder}/state' }
        admin: { socket: '{folder}/admin.sock' }
        log: { file: '{folder}/log/pmilter.log', level: debug, decisions: '{folder}/log/decisions.jsonl' }

        """;

    [Fact]
    public async Task Files_OfAServerUnderAnEmptyUmask_AreOpenToNobodyElse()
    {
        await using var server = await FaultProcess.StartAsync(Configuration, "umask 000; exec \"$@\"");
        await PmilterChild.UntilAsync(() => Listens(At("admin.sock")), () => server.Process.Errors);
        await server.SendAsync();
        await PmilterChild.UntilAsync(() => Array.Exists(Directory.GetFiles(At("log"), "decisions*"), path => new FileInfo(path).Length > 0), () => server.Process.Errors);

        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(At("state")));
        Assert.Equal(Owner, File.GetUnixFileMode(At("state/lock")));
        Assert.Equal(Owner, File.GetUnixFileMode(At("admin.sock")));
        Assert.Equal(Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(At("m.sock")));
        Assert.Equal(Owner | UnixFileMode.GroupRead, File.GetUnixFileMode(At("log/pmilter.log")));
        Assert.All(Directory.GetFiles(At("log"), "decisions*"), path => Assert.Equal(Owner | UnixFileMode.GroupRead, File.GetUnixFileMode(path)));

        string At(string path) => Path.Combine(server.Process.Folder, path);
    }

    // A socket gets its mode between bind and listen, a log file before its first byte: only then is there something to look at.
    private static bool Listens(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
