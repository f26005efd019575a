using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Dns;

namespace Pmilter.Effects.Tests.Dns;

/// <summary>The service before a real server on loopback, on a virtual clock.</summary>
internal sealed class DnsRig : IAsyncDisposable
{
    private readonly List<string> _lines = [];

    public DnsRig(DnsOptions? options = null, params IPEndPoint[] servers) =>
        Names = new DnsNameService((options ?? new DnsOptions()) with { Servers = servers.Length > 0 ? servers : [Server.EndPoint] }, Time, new Lines(_lines));

    public DnsServer Server { get; } = DnsServer.Start();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));

    public DnsNameService Names { get; }

    /// <summary><c>Warning: text</c>.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public async Task<NameAnswer> AskAsync(string name, NameRecordKind kind = NameRecordKind.A, string zone = "") =>
        await Names.AskAsync(new NameQuestion(name, kind, zone), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The clock goes on until there is an answer: for servers that say nothing.</summary>
    public async Task<NameAnswer> AskInTimeAsync(string name, string zone = "", CancellationToken cancellationToken = default)
    {
        var asking = Names.AskAsync(new NameQuestion(name, NameRecordKind.A, zone), cancellationToken).AsTask();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!asking.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, limit.Token);
        }

        return await asking;
    }

    /// <summary>Waits until the server has been asked so often.</summary>
    public async Task IsAskedAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Server.Asked.Count < count)
        {
            await Task.Delay(1, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Names.DisposeAsync();
        await Server.DisposeAsync();
    }

    private sealed class Lines(List<string> lines) : ILogger<DnsNameService>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }
    }
}
