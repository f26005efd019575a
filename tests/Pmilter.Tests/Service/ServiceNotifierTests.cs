using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Service;

namespace Pmilter.Tests.Service;

public sealed partial class ServiceNotifierTests
{
    private const int Monotonic = 1;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ready_ToAPathOrAnAbstractName_Arrives(bool isAbstract)
    {
        using var manager = new FakeManager(isAbstract);
        using var service = ServiceNotifier.Connect(manager.Address, TimeProvider.System);

        service.Ready("two rules");

        Assert.Equal("READY=1\nSTATUS=two rules", await manager.ReceiveAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Reload_WhenReady_IsBetweenReloadingWithSystemdsClockAndReady()
    {
        using var manager = new FakeManager(isAbstract: true);
        using var service = ServiceNotifier.Connect(manager.Address, TimeProvider.System);
        service.Ready("old");
        await manager.NextAsync("READY=1");
        var before = MonotonicMicroseconds();

        service.Reload(() =>
        {
            Assert.False(manager.IsEmpty); // told before it began
            return "new";
        });

        var reloading = await manager.NextAsync("RELOADING=1");
        var told = long.Parse(reloading.Split('\n').Single(line => line.StartsWith("MONOTONIC_USEC=", StringComparison.Ordinal))[15..], CultureInfo.InvariantCulture);
        Assert.InRange(told, before - 1000, MonotonicMicroseconds() + 1000);
        Assert.Equal("READY=1\nSTATUS=new", await manager.ReceiveAsync(CancellationToken.None));
    }

    [Fact]
    public void Reload_BeforeTheStartIsOver_RunsAndSaysNothing()
    {
        using var manager = new FakeManager(isAbstract: true);
        using var service = ServiceNotifier.Connect(manager.Address, TimeProvider.System);
        var hasRun = false;

        service.Reload(() =>
        {
            hasRun = true;
            return "new";
        });

        Assert.True(hasRun);
        Assert.True(manager.IsEmpty);
    }

    [Fact]
    public async Task Stopping_WithALongDrain_AsksForThatTime()
    {
        using var manager = new FakeManager(isAbstract: true);
        using var service = ServiceNotifier.Connect(manager.Address, TimeProvider.System);

        service.Stopping("Stopping", TimeSpan.FromMinutes(10));
        service.Reload(() => "a SIGHUP that comes too late");

        Assert.Equal("STOPPING=1\nSTATUS=Stopping\nEXTEND_TIMEOUT_USEC=600000000", await manager.ReceiveAsync(CancellationToken.None));
        Assert.True(manager.IsEmpty);
    }

    [Fact]
    public void Connect_NobodyThere_IsNoReasonNotToServe()
    {
        using var service = ServiceNotifier.Connect($"/tmp/pmilter-nobody-{Guid.NewGuid():N}", TimeProvider.System);

        service.Ready("ready");
        service.Alive();
    }

    [Fact]
    public void Ready_ManagerGone_IsNoError()
    {
        var manager = new FakeManager(isAbstract: true);
        using var service = ServiceNotifier.Connect(manager.Address, new FakeTimeProvider());
        manager.Dispose();

        service.Ready("ready");
    }

    private static long MonotonicMicroseconds()
    {
        Assert.Equal(0, ReadClock(Monotonic, out var now));
        return (now.Seconds * 1_000_000) + (now.Nanoseconds / 1000);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out TimeSpec now);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
