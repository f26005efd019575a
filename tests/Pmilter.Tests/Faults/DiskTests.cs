using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Faults;

/// <summary>/dev/full takes nothing: what is written to it fails as on a full disk.</summary>
public sealed class DiskTests
{
    [Fact]
    public async Task LogFile_OnAFullDisk_MailGoesOn()
    {
        await using var server = await FaultProcess.StartAsync(FaultProcess.Server + "log: { file: /dev/full, level: debug }\n");

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(VerdictKind.Continue, await server.SendAsync());
        }

        Assert.False(server.Process.HasExited);
    }
}
