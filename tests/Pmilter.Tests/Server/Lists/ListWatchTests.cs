using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server.Lists;

/// <summary>Lists of a running server, over real connections and files.</summary>
public sealed class ListWatchTests : IDisposable
{
    private const string Policy =
        "policy: p\nlists: { bad: { type: address, file: bad.txt, min_items: 2 } }\nrules:\n  - { id: r, phase: mail, when: \"in_list(mail_from, 'bad')\", then: [ reject: '5.7.1 no {mail_from}' ] }\n";

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy), ("bad.txt", "spam@b.example\nx@b.example\n"));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Check_FileChanged_IsExchangedAtTheSecondLook()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        rig.Lists.Check();
        Write("ham@b.example\nx@b.example\n@c.example\n");

        rig.Lists.Check();
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "spam@b.example"));
        rig.Lists.Check();

        Assert.Equal(VerdictKind.Continue, await VerdictAsync(sender, "spam@b.example"));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "ham@b.example"));
        Assert.Contains(rig.Log.Lines, line => line.StartsWith("Information: The list bad, ", StringComparison.Ordinal) && line.Contains("is exchanged: 3 entries, 2 before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_HalfWritten_KeepsTheListAndSaysSoOnce()
    {
        await using var rig = await StartAsync();
        rig.Lists.Check();
        Write("ham@b.example\n");
        Look(rig, 4);
        Write("ham2@b.example\n");
        Look(rig, 4);

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam@b.example"));
        var told = Assert.Single(rig.Log.Lines, line => line.StartsWith("Error: The list bad", StringComparison.Ordinal));
        Assert.Contains("PM186: the list has 1 entries, fewer than min_items: 2; the 2 entries read before stay in force", told, StringComparison.Ordinal);

        Write("ham@b.example\nx@b.example\n");
        Look(rig, 2);
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "spam@b.example"));
    }

    [Fact]
    public async Task Start_FileBroken_GoesOnWithTheCopyOfTheLastRun()
    {
        await using (var first = await StartAsync())
        {
            first.Lists.SaveAll();
        }

        Write("ham@b.example\n");
        await using var rig = await StartAsync();

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam@b.example"));
        Assert.Contains(rig.Log.Lines, line => line.StartsWith("Error: The list bad", StringComparison.Ordinal) && line.Contains("a copy of 2 entries", StringComparison.Ordinal));
        Assert.True(new PolicyLoader(Settings(), TimeProvider.System).Load().Diagnostics.HasErrors); // check has no copy: the file is wrong

        // A restart more, and the copy is still the good one.
        rig.Lists.SaveAll();
        Write("ham@b.example\nx@b.example\n");
        Look(rig, 3);
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "spam@b.example"));
    }

    [Fact]
    public async Task Check_WhileMailFlows_NoMessageSeesHalfAList()
    {
        await using var rig = await StartAsync();
        using var stop = new CancellationTokenSource();
        var mail = Task.Run(async () =>
        {
            await using var client = await rig.DialAsync();
            var sender = new MessageSender(client);
            await sender.BeginAsync(Client, "client.example", CancellationToken.None);
            for (var messages = 0; ; messages++)
            {
                // It is in every version of the list.
                Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "x@b.example"));
                if (stop.IsCancellationRequested)
                {
                    return messages;
                }
            }
        });
        for (var version = 0; version < 20; version++)
        {
            Write(string.Concat(Enumerable.Range(0, 2000 + version).Select(i => $"u{version}.{i}@b.example\n")) + "x@b.example\n");
            Look(rig, 2);
        }

        await stop.CancelAsync();
        Assert.True(await mail > 0);
        Assert.Equal(20, rig.Log.Lines.Count(line => line.Contains("is exchanged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Reload_ListUnchanged_IsTakenOver()
    {
        await using var rig = await StartAsync();
        rig.Reloader.Reload();
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam@b.example"));
        Write("ham@b.example\nx@b.example\n");

        rig.Reloader.Reload();

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "ham@b.example"));
    }

    [Fact]
    public async Task Mail_WithSmtpUtf8InTwoForms_IsOneMemberOfTheList()
    {
        Write("jürgen@bücher.example\nx@b.example\n");
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "ju\u0308rgen@BU\u0308CHER.example", "SMTPUTF8"));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "JÜRGEN@xn--bcher-kva.example", "SMTPUTF8"));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(sender, "jurgen@bücher.example", "SMTPUTF8"));
    }

    private static ClientFacts Client { get; } = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private static void Look(ServerRig rig, int times)
    {
        for (var i = 0; i < times; i++)
        {
            rig.Lists.Check();
        }
    }

    private static async Task<VerdictKind> VerdictAsync(ServerRig rig, string from)
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        return await VerdictAsync(sender, from);
    }

    private static async Task<VerdictKind> VerdictAsync(MessageSender sender, string from, params string[] parameters)
    {
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{from}>", parameters), Recipients = [new EnvelopeAddress("<c@d.example>")] },
            CancellationToken.None);
        return outcome.Final.Kind;
    }

    private ServerSettings Settings() => ServerRig.Options("inet:127.0.0.1:0") with
    {
        Policies = Path.Combine(_site.Root, "policies"),
        State = new StateSettings { Folder = Path.Combine(_site.Root, "state") },
    };

    private Task<ServerRig> StartAsync() => ServerRig.StartAsync(Settings(), new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)), hasPolicies: true);

    private void Write(string text) => File.WriteAllText(Path.Combine(_site.Root, "policies", "bad.txt"), text);
}
