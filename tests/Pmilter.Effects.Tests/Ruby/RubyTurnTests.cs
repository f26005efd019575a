using Pmilter.Effects.Ruby;

namespace Pmilter.Effects.Tests.Ruby;

public sealed class RubyTurnTests
{
    [Fact]
    public async Task Turn_GoesToWhoCameFirst_AndPassesOverWhoGaveUp()
    {
        var turn = new RubyTurn();
        await turn.TakeAsync(CancellationToken.None);
        using var second = new CancellationTokenSource();
        var waiting = new[] { turn.TakeAsync(CancellationToken.None).AsTask(), turn.TakeAsync(second.Token).AsTask(), turn.TakeAsync(CancellationToken.None).AsTask() };
        Assert.Equal((true, 3), (turn.IsTaken, turn.Waiting));

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[1]);
        Assert.False(turn.TryTake());
        turn.Release();
        await waiting[0];
        Assert.False(waiting[2].IsCompleted);
        turn.Release();
        await waiting[2];
        Assert.Equal((true, 0), (turn.IsTaken, turn.Waiting));
        turn.Release();

        Assert.False(turn.IsTaken);
        Assert.True(turn.TryTake());
    }

    [Fact]
    public async Task Turn_OfManyWhoFailAtOnce_DoesNotOverflowTheStack()
    {
        var turn = new RubyTurn();
        await turn.TakeAsync(CancellationToken.None);

        // Away from the test's own context, which would take each of them to another thread.
        await Task.Run(async () =>
        {
            var all = Enumerable.Range(0, 20_000).Select(async _ =>
            {
                await turn.TakeAsync(CancellationToken.None);
                turn.Release();
            }).ToArray();
            turn.Release();
            await Task.WhenAll(all);
        });

        Assert.False(turn.IsTaken);
    }
}
