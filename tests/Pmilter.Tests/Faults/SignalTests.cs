using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Faults;

public sealed class SignalTests
{
    private const int Signals = 40;

    [Fact]
    public async Task Hangups_InAStorm_MailGoesOn()
    {
        await using var server = await FaultProcess.StartAsync();
        await server.SendAsync();
        var descriptors = await server.SettledDescriptorsAsync();

        var mail = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(VerdictKind.Continue, await server.SendAsync());
            }
        });
        for (var i = 0; i < Signals; i++)
        {
            server.Process.Signal("HUP");
        }

        await mail;
        Assert.False(server.Process.HasExited, server.Process.Errors);
        Assert.DoesNotContain("failed", server.Process.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(server.Process.Descriptors, 1, descriptors + 8);
    }

    [Fact]
    public async Task Terms_InAStorm_EndOnceAndWithZero()
    {
        await using var server = await FaultProcess.StartAsync();
        await server.SendAsync();
        await using var open = await server.DialAsync();

        for (var i = 0; i < 3; i++)
        {
            server.Process.Signal("TERM");
        }

        // The one that is open may end.
        await open.QuitAsync(CancellationToken.None);

        Assert.Equal(0, await server.Process.EndAsync());
        Assert.False(File.Exists(Path.Combine(server.Process.Folder, "m.sock")));
    }
}
