using System.Threading.Channels;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>A decision, and a connection for its message, not opened yet.</summary>
internal sealed record FedDecision(RecordedDecision Decision, PlayedConnection Connection);

/// <summary>Reads decisions ahead of whoever plays them, in another thread; a few batches at most, so that memory stays flat.</summary>
internal static class DecisionFeed
{
    private const int BatchLines = 32;
    private const int MostBatches = 2;

    /// <summary>In the order of the files; null for a line that is no decision.</summary>
    /// <param name="stage">Where they will be played.</param>
    /// <param name="progress">Bytes read of all.</param>
    public static async IAsyncEnumerable<FedDecision?[]> ReadAsync(
        IReadOnlyList<string> files, Stage stage, Action<long> progress, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batches = Channel.CreateBounded<FedDecision?[]>(new BoundedChannelOptions(MostBatches) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Task.Run(() => WriteAsync(batches.Writer, files, stage, progress, stop.Token), stop.Token);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await reading.ConfigureAwait(false);
    }

    private static async Task WriteAsync(ChannelWriter<FedDecision?[]> to, IReadOnlyList<string> files, Stage stage, Action<long> progress, CancellationToken cancellationToken)
    {
        try
        {
            var before = 0L;
            var batch = new List<FedDecision?>(BatchLines);
            foreach (var file in files)
            {
                var start = before;
                foreach (var line in DecisionLogFiles.Lines(file, at => progress(start + at)))
                {
                    batch.Add(RecordedDecision.Parse(line) is { } decision ? new FedDecision(decision, PlayedConnection.Prepare(stage, decision.Message, decision.Time)) : null);
                    if (batch.Count == BatchLines)
                    {
                        await to.WriteAsync([.. batch], cancellationToken).ConfigureAwait(false);
                        batch.Clear();
                    }
                }

                before += new FileInfo(file).Length;
            }

            await to.WriteAsync([.. batch], cancellationToken).ConfigureAwait(false);
            to.Complete();
        }
        catch (Exception failure)
        {
            // Whoever reads is told.
            to.Complete(failure);
        }
    }
}
