using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

public abstract class GreylistContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    private const double Minute = 60_000;
    private const double Day = 24 * 60 * Minute;

    internal static readonly GreylistDefinition OneMinute = new(
        "p/g", "client_net, mail_from", TimeSpan.FromMinutes(1), TimeSpan.FromDays(2), TimeSpan.FromDays(35), 0, TimeSpan.Zero, AdoptsShadow: false);

    private static readonly GreylistDefinition Shadow = OneMinute with { Name = "p/g~would" };

    [Fact]
    public void Check_FirstAttemptAndTooEarlyRetries_AreDelayedUntilTheSameTime()
    {
        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At(Minute)), Store.Greylist(OneMinute, 0));
        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At(Minute)), Store.Greylist(OneMinute, 100));
        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At(Minute)), Store.Greylist(OneMinute, Minute - 1));
    }

    [Fact]
    public void Check_RetryWhenTheDelayIsOver_PassesAndStaysKnown()
    {
        Store.Greylist(OneMinute, 0);

        Assert.Equal(GreylistOutcome.Passed, Store.Greylist(OneMinute, Minute).Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(OneMinute, Minute + 1).Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(OneMinute, 34 * Day).Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(OneMinute, 68 * Day).Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(OneMinute, 103 * Day).Outcome);
    }

    [Fact]
    public void Check_RetryAfterRetryWithin_IsNewAgain()
    {
        Store.Greylist(OneMinute, 0);

        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At((2 * Day) + Minute)), Store.Greylist(OneMinute, 2 * Day));
        Assert.Equal(GreylistOutcome.Passed, Store.Greylist(OneMinute, (2 * Day) + Minute).Outcome);
    }

    [Fact]
    public void Check_OtherTupleOrOtherGreylist_IsAskedForItself()
    {
        Store.Greylist(OneMinute, 0);
        Store.Greylist(OneMinute, Minute);

        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(OneMinute, Minute, key: "other").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(OneMinute with { Name = "p/other" }, Minute).Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(OneMinute with { KeyText = "client_ip" }, Minute).Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(OneMinute with { Delay = TimeSpan.FromHours(1) }, Minute).Outcome);
    }

    [Fact]
    public void Check_ClientThatPassedOftenEnough_IsTrustedAndRenewedByUse()
    {
        var trusting = OneMinute with { TrustClientAfter = 2 };
        foreach (var (key, at) in new[] { ("a", 0.0), ("b", Minute) })
        {
            Store.Greylist(trusting, at, key);
            Assert.Equal(GreylistOutcome.Passed, Store.Greylist(trusting, at + Minute, key).Outcome);
            Assert.Equal(GreylistOutcome.Known == Store.Greylist(trusting, at + Minute, key).Outcome, key == "a");
        }

        Assert.Equal(GreylistOutcome.Trusted, Store.Greylist(trusting, 2 * Minute, "never seen").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(trusting, 2 * Minute, "never seen", client: "other").Outcome);
        Assert.Equal(GreylistOutcome.Trusted, Store.Greylist(trusting, 34 * Day, "new").Outcome);
        Assert.Equal(GreylistOutcome.Trusted, Store.Greylist(trusting, 68 * Day, "new").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(trusting, 104 * Day, "new").Outcome);
    }

    [Fact]
    public void Check_OneTupleAgainAndAgain_IsOnePassForTheClientsTrust()
    {
        var trusting = OneMinute with { TrustClientAfter = 2 };
        Store.Greylist(trusting, 0, "a");
        for (var i = 1; i < 10; i++)
        {
            Store.Greylist(trusting, i * Minute, "a");
        }

        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(trusting, 10 * Minute, "b").Outcome);
    }

    [Fact]
    public void Check_WhileLearning_EverybodyPassesAndIsKnownAfterwards()
    {
        var learning = OneMinute with { LearnFor = TimeSpan.FromDays(7), TrustClientAfter = 1 };

        Assert.Equal(GreylistOutcome.Learned, Store.Greylist(learning, 0, "a").Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(learning, 1, "a").Outcome);
        Assert.Equal(GreylistOutcome.Learned, Store.Greylist(learning, (7 * Day) - 1, "b").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(learning, 7 * Day, "c").Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(learning, 7 * Day, "b").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(learning, 7 * Day, "d").Outcome);
    }

    [Fact]
    public void Check_PromotedFromMonitor_KeepsWhatTheShadowLearned()
    {
        var trusting = OneMinute with { TrustClientAfter = 1 };
        var shadow = Shadow with { TrustClientAfter = 1 };
        Store.Greylist(Shadow, 0, "passed", "c1");
        Store.Greylist(shadow, 0, "x", "good");
        Store.Greylist(Shadow, Minute, "passed", "c1");
        Store.Greylist(Shadow, Minute, "waiting", "c1");
        Store.Greylist(shadow, Minute, "x", "good");

        var promoted = trusting with { AdoptsShadow = true };
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(promoted, Minute + 1, "passed", "c1").Outcome);
        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At(2 * Minute)), Store.Greylist(promoted, Minute + 1, "waiting", "c1"));
        Assert.Equal(GreylistOutcome.Trusted, Store.Greylist(promoted, Minute + 1, "anything", "good").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(promoted, Minute + 1, "never seen", "c1").Outcome);
        Assert.Equal(GreylistOutcome.Passed, Store.Greylist(promoted, 2 * Minute, "waiting", "c1").Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(OneMinute, 2 * Minute, "passed", "c1").Outcome);
    }

    [Fact]
    public void Check_PromotedWhileItLearns_GoesOnWithTheTimeThatMonitoringBegan()
    {
        var learning = OneMinute with { LearnFor = TimeSpan.FromDays(7) };
        Assert.Equal(GreylistOutcome.Learned, Store.Greylist(learning with { Name = Shadow.Name }, 0, "a").Outcome);

        var promoted = learning with { AdoptsShadow = true };
        Assert.Equal(GreylistOutcome.Learned, Store.Greylist(promoted, 6 * Day, "b").Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(promoted, 8 * Day, "c").Outcome);
        Assert.Equal(GreylistOutcome.Known, Store.Greylist(promoted, 8 * Day, "a").Outcome);
    }

    [Fact]
    public void Check_ShadowOfAGreylistInForce_IsALayerOfItsOwn()
    {
        Store.Greylist(Shadow, 0);

        Assert.Equal((GreylistOutcome.Delayed, StoreDriver.At(3 * Minute)), Store.Greylist(OneMinute, 2 * Minute));
        Assert.Equal(GreylistOutcome.Passed, Store.Greylist(Shadow, 2 * Minute).Outcome);
        Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(OneMinute, (2 * Minute) + 1).Outcome);
    }

    [Fact]
    public void Memory_IsRememberedForItsTimeFromTheLastAdd()
    {
        var memory = new MemoryDefinition("p/m", TimeSpan.FromDays(60));
        Assert.Equal(default, Store.Remembered(memory, 0));
        Assert.Equal(StoreDriver.At(60 * Day), Store.Remember(memory, 0));
        Assert.Equal(StoreDriver.At(60 * Day), Store.Remembered(memory, 1));
        Assert.Equal(default, Store.Remembered(memory, 1, "other"));

        Assert.Equal(StoreDriver.At(61 * Day), Store.Remember(memory, Day));
        Assert.Equal(StoreDriver.At(61 * Day), Store.Remembered(memory, (61 * Day) - 1));
        Assert.Equal(default, Store.Remembered(memory, 61 * Day));
    }
}
