
namespace Pmilter.Monitoring;

/// <summary>What is read when somebody asks: readers are added as the server's parts come to life, and run one request at a time.</summary>
internal sealed class MetricReaders(ServerMetrics metrics) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<IMetricReader> _readers = [];

    public void Add(IMetricReader reader)
    {
        lock (_readers)
        {
            _readers.Add(reader);
        }
    }

    /// <summary>Prometheus's text format 0.0.4, in UTF-8.</summary>
    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Read();
            using var text = new MemoryStream();
            await metrics.Registry.CollectAndExportAsTextAsync(text, cancellationToken).ConfigureAwait(false);
            return text.ToArray();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private void Read()
    {
        IMetricReader[] readers;
        lock (_readers)
        {
            readers = [.. _readers];
        }

        foreach (var reader in readers)
        {
            foreach (var series in reader.Series)
            {
                series.Begin();
            }

            reader.Read();
            foreach (var series in reader.Series)
            {
                series.End();
            }
        }
    }
}

/// <summary>Reads one part of the server into its series.</summary>
internal interface IMetricReader
{
    IReadOnlyList<SeriesOfNow> Series { get; }

    void Read();
}
