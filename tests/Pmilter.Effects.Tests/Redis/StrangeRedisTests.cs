using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Redis;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Redis;

/// <summary>Something listens where Redis should, and is none.</summary>
public sealed class StrangeRedisTests
{
    private static readonly CounterDefinition Events = StoreDriver.Counter(seconds: 3600);

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("$-99999999999\r\n")]
    [InlineData("*2147483647\r\n*2147483647\r\n")]
    [InlineData("-ERR \u001b[31m no\r\n")]
    [InlineData("+OK\r\n+OK\r\n:1\r\n$3\r\nabc\r\n")]
    [InlineData("\0\0\0\0")]
    public async Task Server_ThatIsNone_LocalCountersGoOn(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var answering = AnswerAsync(listener, answer, stop.Token);
        var options = new SharedStateOptions(listener.LocalEndpoint.ToString()!, "p", TimeSpan.FromMilliseconds(200), GoesOnLocally: true);
        await using (var store = new SharedStateStore(options, new MemoryStateStore(), TimeProvider.System, NullLogger<SharedStateStore>.Instance))
        {
            await store.StartAsync();
            for (var i = 1; i <= 20; i++)
            {
                var batch = new StateBatch();
                batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = Events, Key = "k".AsMemory(), Amount = 1 });
                await store.ExecuteAsync(batch, DateTimeOffset.UtcNow, CancellationToken.None);
                Assert.Equal((i, true), (batch[0].Value, batch.IsDegraded));
            }
        }

        await stop.CancelAsync();
        listener.Stop();
        await answering;
    }

    private static async Task AnswerAsync(TcpListener listener, string answer, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                _ = TalkAsync(await listener.AcceptSocketAsync(stop), answer, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task TalkAsync(Socket socket, string answer, CancellationToken stop)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[4096];
                while (await socket.ReceiveAsync(buffer, SocketFlags.None, stop) > 0)
                {
                    await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(answer), SocketFlags.None, stop);
                }
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException)
            {
                // It has hung up.
            }
        }
    }
}
