namespace Pmilter.Protocol.Tests.Kit;

internal static class Eventually
{
    /// <summary>Lets other work run until the condition holds; fails the test when it never does.</summary>
    public static async Task IsTrueAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "It never came true.");
            await Task.Yield();
        }
    }
}
