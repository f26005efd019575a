using System.Diagnostics;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Peers;

/// <summary>tests/peers/differential.c, compiled and run; stopped by its id.</summary>
internal sealed class LibmilterPeer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pmilter-peer-").FullName;
    private Process? _process;

    public string Socket => Path.Combine(_folder, "d.sock");

    public static async Task<LibmilterPeer> StartAsync()
    {
        var peer = new LibmilterPeer();
        var program = Path.Combine(peer._folder, "differential");
        using var gcc = Process.Start("gcc", ["-O2", "-o", program, Path.Combine(SourceTree.Root, "tests", "peers", "differential.c"), "-lmilter", "-lpthread"]);
        await gcc.WaitForExitAsync();
        Assert.Equal(0, gcc.ExitCode);
        peer._process = Process.Start(program, [$"unix:{peer.Socket}"]);
        await PmilterChild.UntilAsync(() => File.Exists(peer.Socket) || peer._process.HasExited, () => "the peer does not listen");
        return peer;
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
