using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.TestKit.Geo;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Faults;

/// <summary>Files that a running server has read become folders, stumps or nothing: what was in force stays in force.</summary>
public sealed class ReplacedFileTests
{
    private const string ReadsAList = "policy: p\nlists:\n  bad: { type: address, file: bad.txt, min_items: 1 }\nrules:\n  - { id: r, phase: mail, when: \"in_list(mail_from, 'bad')\", then: [ reject: '5.7.1 no' ] }\n";

    private const string ReadsCountries = "policy: p\nrules:\n  - { id: r, phase: connect, when: \"client_country = 'RU'\", then: [ reject: '5.7.1 no' ] }\n";

    [Theory]
    [InlineData("folder")]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("binary")]
    public async Task Policy_Spoilt_TheOldOneStaysInForceAndTheNextGoodOneIsTaken(string how)
    {
        using var site = new ReloadSite(ReloadSite.Refusing("spam@b.example"));
        await using var rig = await site.StartAsync();
        var path = Path.Combine(site.Policies, "p.yaml");

        Spoil(path, how);
        Assert.False(rig.Reloader.Reload().IsGood);
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        Assert.Contains(rig.Log.Lines, line => line.StartsWith("Error: Policies not reloaded", StringComparison.Ordinal));

        Mend(path, ReloadSite.Refusing("ham@b.example"));
        Assert.True(rig.Reloader.Reload().IsGood);
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("empty")]
    [InlineData("gone")]
    public async Task List_Spoilt_TheOldOneStaysInForce(string how)
    {
        using var site = new ReloadSite(ReadsAList);
        site.Write("spam@b.example\n", "bad.txt");
        await using var rig = await site.StartAsync();

        Spoil(Path.Combine(site.Policies, "bad.txt"), how);
        rig.Reloader.Reload();

        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        Assert.Contains(rig.Log.Lines, line => line.Contains("bad.txt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("gone")]
    public async Task CountryData_Spoilt_TheOldOnesStayInForceWithOneWarning(string how)
    {
        using var site = new ReloadSite(ReadsCountries);
        var path = Path.Combine(site.Policies, "..", "country.mmdb");
        await File.WriteAllBytesAsync(path, DocumentationGeo.Nested());
        var time = new FakeTimeProvider(DocumentationGeo.BuiltAt);
        await using var rig = await ServerRig.StartAsync(site.Settings with { Geo = new GeoSettings(path, string.Empty, TimeSpan.FromDays(90)) }, time, hasPolicies: true);

        Spoil(path, how);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!rig.Log.Lines.Any(line => line.Contains("stay in force", StringComparison.Ordinal)))
        {
            Assert.False(patience.IsCancellationRequested, "nobody noticed");
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(5);
        }

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        await using var client = await rig.DialAsync();
        Assert.Equal(VerdictKind.Reject, (await client.ConnectAsync(ReloadSite.Client, CancellationToken.None)).Kind);
        Assert.Single(rig.Log.Lines, line => line.Contains("stay in force", StringComparison.Ordinal));
    }

    private static void Spoil(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        switch (how)
        {
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "half":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "binary":
                File.WriteAllBytes(path, [0, 1, 2, 0xff, 0xfe, .. bytes]);
                break;
        }
    }

    private static void Mend(string path, string text)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }

        File.WriteAllText(path, text);
    }
}
