using Pmilter.Protocol.Replies;
using Pmilter.Reloading;

namespace Pmilter.Tests.Reloading;

public sealed class PolicyWatchTests : IDisposable
{
    private readonly ReloadSite _site = new(ReloadSite.Refusing("spam@b.example"));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Change_AtRest_IsLoadedOnce()
    {
        await using var rig = await _site.StartAsync();
        var watch = new PolicyWatch(_site.Policies, string.Empty, rig.Reloader, TimeProvider.System);
        watch.Check();
        Assert.Equal(ReloadCause.Start, rig.Reloader.Last.Cause);

        _site.Write(ReloadSite.Refusing("ham@b.example"));
        watch.Check();
        Assert.Equal(ReloadCause.Start, rig.Reloader.Last.Cause);
        watch.Check();

        Assert.Equal((ReloadCause.Files, true), (rig.Reloader.Last.Cause, rig.Reloader.Last.IsGood));
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "ham@b.example")).Final.Kind);
        var last = rig.Reloader.Last;
        watch.Check();
        watch.Check();
        Assert.Same(last, rig.Reloader.Last);
    }

    [Fact]
    public async Task Change_ThatGoesOn_IsNotLoaded()
    {
        await using var rig = await _site.StartAsync();
        var watch = new PolicyWatch(_site.Policies, string.Empty, rig.Reloader, TimeProvider.System);
        for (var i = 1; i < 5; i++)
        {
            _site.Write(ReloadSite.Refusing("ham@b.example") + new string('\n', i));
            watch.Check();
        }

        Assert.Equal(ReloadCause.Start, rig.Reloader.Last.Cause);
    }

    [Fact]
    public async Task Mistake_IsToldOnce_AndItsMendIsLoaded()
    {
        await using var rig = await _site.StartAsync();
        var watch = new PolicyWatch(_site.Policies, string.Empty, rig.Reloader, TimeProvider.System);
        _site.Write("policy: p\nrules: nonsense\n");
        for (var i = 0; i < 5; i++)
        {
            watch.Check();
        }

        Assert.Single(rig.Log.Lines, line => line.Contains("Policies not reloaded", StringComparison.Ordinal));
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);

        _site.Write(ReloadSite.Refusing("ham@b.example"), "q.yaml");
        File.Delete(Path.Combine(_site.Policies, "p.yaml"));
        watch.Check();
        watch.Check();
        Assert.True(rig.Reloader.Last.IsGood);
    }
}
