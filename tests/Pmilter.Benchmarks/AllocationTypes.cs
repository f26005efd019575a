using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Server;

namespace Pmilter.Benchmarks;

/// <summary>What a message allocates, by type: samples of the runtime's own, about one of 100 kB, spread over the bytes that were counted.</summary>
internal sealed class AllocationTypes : EventListener
{
    private const int Messages = 400_000;
    private const int PerConnection = 50;
    private const EventKeywords Collector = (EventKeywords)0x1;

    private readonly Dictionary<string, long> _bytes = [];

    public static async Task PrintAsync(string configuration, TextWriter output)
    {
        await using var notices = NoticeDesk.Open(new Dictionary<string, Configuration.NotifyOptions>(), TimeProvider.System, NullLoggerFactory.Instance);
        var host = TransactionTimes.Host(configuration, notices, isWatched: false);
        var conversations = Enumerable.Range(0, 40).Select(n => new Conversation(PerConnection, n * PerConnection)).ToArray();
        await PlayAsync(Messages / 10);
        using var types = new AllocationTypes();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await PlayAsync(Messages);
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Messages;
        types.Print(bytes, output);

        async Task PlayAsync(int messages)
        {
            for (var n = 0; n < messages / PerConnection; n++)
            {
                var conversation = conversations[n % conversations.Length];
                conversation.Rewind();
                await host.ServeAsync(conversation, "inet", CancellationToken.None);
            }
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, Collector);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName is { } name && name.StartsWith("GCAllocationTick", StringComparison.Ordinal) && eventData.Payload is [_, _, _, ulong amount, _, string type, ..])
        {
            lock (_bytes)
            {
                _bytes[type] = _bytes.GetValueOrDefault(type) + (long)amount;
            }
        }
    }

    private void Print(double bytes, TextWriter output)
    {
        lock (_bytes)
        {
            var all = (double)_bytes.Values.Sum();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes:0} bytes a message"));
            foreach (var (type, sampled) in _bytes.OrderByDescending(each => each.Value))
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sampled / all * bytes,7:0}  {type}"));
            }
        }
    }
}
