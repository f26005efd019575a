using System.Net.Sockets;
using System.Text;

namespace Pmilter.Tests.Service;

/// <summary>The service manager's end of NOTIFY_SOCKET.</summary>
internal sealed class FakeManager : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public FakeManager(bool isAbstract)
    {
        var name = $"pmilter-notify-{Guid.NewGuid():N}";
        Address = isAbstract ? $"@{name}" : Path.Combine(Path.GetTempPath(), name);
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name}" : Address));
    }

    /// <summary>For NOTIFY_SOCKET.</summary>
    public string Address { get; }

    /// <summary>The next datagram that has the line; those before it are skipped.</summary>
    public async Task<string> NextAsync(string line)
    {
        using var limit = new CancellationTokenSource(Patience);
        var skipped = new List<string>();
        try
        {
            while (true)
            {
                var state = await ReceiveAsync(limit.Token);
                if (state.Split('\n').Contains(line))
                {
                    return state;
                }

                skipped.Add(state);
            }
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"{line} did not come; this did: {string.Join(" | ", skipped)}", late);
        }
    }

    public async Task<string> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, cancellationToken));
    }

    /// <summary>What has come and was not read.</summary>
    public bool IsEmpty => _socket.Available == 0;

    public void Dispose() => _socket.Dispose();
}
