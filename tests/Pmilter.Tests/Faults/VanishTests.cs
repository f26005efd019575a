using System.Net.Sockets;
using Pmilter.Fuzz.Inputs;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Faults;

/// <summary>The MTA is gone in every state of a session: what was counted for the message is taken back, and nothing is left of the connection.</summary>
public sealed class VanishTests
{
    /// <summary>One message at a time of a sender, and two in an hour.</summary>
    private const string Policy = """
        policy: p
        counters:
          open: { phase: connect, count: open_connections, key: [client_ip] }
          sent: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: too_many, phase: connect, limit: { counter: open, max: 1 }, then: [ tempfail: '4.7.1 open' ] }
          - { id: often, phase: mail, limit: { counter: sent, max: 1 }, then: [ tempfail: '4.7.1 often' ] }
        """;

    private static readonly (char Code, string Data)[] Commands =
    [
        ('C', "mx.example\04\0\u0019203.0.113.9\0"), ('H', "client.example\0"), ('M', "<a@b.example>\0"), ('R', "<c@d.example>\0"), ('T', ""), ('L', "X-A\0b\0"), ('N', ""), ('B', "text\r\n"), ('E', ""),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mta_GoneAfterAnyCommand_LeavesNothingCountedOrOpen(bool isReset)
    {
        using var site = new ReloadSite(Policy);
        await using var rig = await site.StartAsync();
        for (var said = 0; said < Commands.Length; said++)
        {
            foreach (var part in new[] { 0, 3 })
            {
                using var socket = await rig.ConnectAsync();
                await socket.SendAsync(Said(said, part));
                await PmilterChild.UntilAsync(() => rig.Listeners[0].OpenSessions > 0, () => "no session");
                socket.LingerState = new LingerOption(enable: isReset, 0);
            }

            await PmilterChild.UntilAsync(() => rig.Listeners[0].OpenSessions == 0, () => $"{rig.Listeners[0].OpenSessions} sessions are open after {said} commands");
        }

        // None of those messages came to its end, and none of those connections is open.
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind);
        Assert.Equal(VerdictKind.Tempfail, (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind);
        Assert.DoesNotContain(rig.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    private static byte[] Said(int count, int cut)
    {
        byte[] bytes = [.. Packets.Offer(6, 0x1FF, 0x1FFFFF), .. Commands.Take(count).SelectMany(command => Packets.Of((byte)command.Code, System.Text.Encoding.Latin1.GetBytes(command.Data)))];
        return bytes[..^cut];
    }
}
