using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Server;

namespace Pmilter.Benchmarks;

/// <summary>A message from memory through session, engine and counters, with the policies of tests/peers/benchmark.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private const int Messages = 2_000;

    private readonly NoticeDesk _notices = NoticeDesk.Open(new Dictionary<string, Configuration.NotifyOptions>(), TimeProvider.System, NullLoggerFactory.Instance);
    private Conversation[] _conversations = [];
    private SessionHost? _host;

    [Params(1, 50)]
    public int MessagesPerConnection { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _host = TransactionTimes.Host(Path.Combine(BenchmarkSite.Root, "tests/peers/benchmark/pmilter.yaml"), _notices, isWatched: false);
        _conversations = [.. Enumerable.Range(0, Messages / MessagesPerConnection).Select(n => new Conversation(MessagesPerConnection, n * MessagesPerConnection))];
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task Message()
    {
        foreach (var conversation in _conversations)
        {
            conversation.Rewind();
            await _host!.ServeAsync(conversation, "inet", CancellationToken.None);
        }
    }
}
