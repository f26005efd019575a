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
        await PmilterChild.UntilAsync(() => File.Exists(At("admin.sock")), () => server.Process.Errors);
        await server.SendAsync();
        await PmilterChild.UntilAsync(() => Directory.GetFiles(At("log"), "decisions*").Length > 0, () => server.Process.Errors);

        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(At("state")));
        Assert.Equal(Owner, File.GetUnixFileMode(At("state/lock")));
        Assert.Equal(Owner, File.GetUnixFileMode(At("admin.sock")));
        Assert.Equal(Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(At("m.sock")));
        Assert.Equal(Owner | UnixFileMode.GroupRead, File.GetUnixFileMode(At("log/pmilter.log")));
        Assert.All(Directory.GetFiles(At("log"), "decisions*"), path => Assert.Equal(Owner | UnixFileMode.GroupRead, File.GetUnixFileMode(path)));

        string At(string path) => Path.Combine(server.Process.Folder, path);
    }
}
