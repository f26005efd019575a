using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>Asks the process that has taken over, one batch after the other. When it fails once it is not asked again.</summary>
/// <param name="successor">Owned.</param>
/// <param name="failed">Told once, with the reason.</param>
public sealed class StateForwarder(Stream successor, TimeProvider time, Action<string> failed) : IAsyncDisposable
{
    /// <summary>It answers from its memory: a tenth of a millisecond.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _isBroken;

    /// <summary>False when it could not be asked: nothing of the batch has been answered.</summary>
    internal async ValueTask<bool> TryExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The batch is its caller's again as soon as that gives up: what is sent is made here, and what comes is read here.
        var request = new SectionBuffer();
        BatchWriter.WriteRequest(request, batch, now);
        if (await ExchangeAsync(request).WaitAsync(cancellationToken).ConfigureAwait(false) is not { } results)
        {
            return false;
        }

        try
        {
            BatchReader.ReadResults(results, batch);
            return true;
        }
        catch (StateSnapshotException error)
        {
            Break(error.Message);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _isBroken = true;
        await successor.DisposeAsync().ConfigureAwait(false);
        _turn.Release();
    }

    /// <summary>Never given up in the middle: whoever comes next must not read this one's answer.</summary>
    private async Task<byte[]?> ExchangeAsync(SectionBuffer request)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isBroken)
            {
                return null;
            }

            using var limit = new CancellationTokenSource(Patience, time);
            await HandOverFrames.WriteAsync(successor, request, limit.Token).ConfigureAwait(false);
            return await HandOverFrames.ReadAsync(successor, limit.Token).ConfigureAwait(false) ?? throw new IOException("It has ended.");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Break(error is OperationCanceledException ? $"No answer within {Patience.TotalSeconds} s." : error.Message);
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Break(string reason)
    {
        if (!_isBroken)
        {
            _isBroken = true;
            failed(reason);
        }
    }
}
