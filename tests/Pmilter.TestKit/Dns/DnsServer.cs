using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pmilter.TestKit.Dns;

/// <summary>A DNS server on a port of its own on 127.0.0.1, over UDP and TCP: good, slow, broken, cut and lying answers.</summary>
public sealed class DnsServer : IAsyncDisposable
{
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly ConcurrentDictionary<string, List<DnsRecord>> _records = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, DnsBehaviour> _behaviours = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _answering = new();
    private readonly Task[] _serving;
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DnsServer(Socket udp, Socket tcp)
    {
        _udp = udp;
        _tcp = tcp;
        _serving = [Task.Run(ServeUdpAsync), Task.Run(ServeTcpAsync)];
    }

    public IPEndPoint EndPoint => (IPEndPoint)_udp.LocalEndPoint!;

    /// <summary>Every question that came, in order: <c>A udp 2.0.0.127.zen.example</c>.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    /// <summary>Of negative answers; null for none.</summary>
    public DnsRecord? Authority { get; set; } = DnsRecord.Authority(300, 60);

    /// <summary>Every name that it does not know has this; a resolver that lies.</summary>
    public DnsRecord? Wildcard { get; set; }

    public static DnsServer Start()
    {
        while (true)
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            tcp.Listen();
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(tcp.LocalEndPoint!);
                return new DnsServer(udp, tcp);
            }
            catch (SocketException)
            {
                // Somebody has this port for UDP.
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    public DnsServer Add(string name, params DnsRecord[] records)
    {
        _records.GetOrAdd(name, _ => []).AddRange(records);
        return this;
    }

    public void Remove(string name) => _records.TryRemove(name, out _);

    /// <param name="domain">And all below it; the longest counts. Empty for every name.</param>
    public DnsServer Behave(string domain, DnsBehaviour behaviour)
    {
        _behaviours[domain] = behaviour;
        return this;
    }

    /// <summary>What is held is answered, now and from now on.</summary>
    public void Release() => _released.TrySetResult();

    public void HoldAgain() => _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int CountOf(string question) => _asked.Count(asked => asked.Equals(question, StringComparison.OrdinalIgnoreCase));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await Task.WhenAll(_serving);
        await Task.WhenAll(_answering.Keys);
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                Begin(AnswerUdpAsync(buffer[..received.ReceivedBytes], received.RemoteEndPoint));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerUdpAsync(byte[] question, EndPoint from)
    {
        if (await ResponseAsync(question, "udp") is { } response)
        {
            await _udp.SendToAsync(response, SocketFlags.None, from, _stop.Token);
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                Begin(AnswerTcpAsync(await _tcp.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerTcpAsync(Socket client)
    {
        using var stream = new NetworkStream(client, ownsSocket: true);
        var length = new byte[2];
        while (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, _stop.Token) == 2)
        {
            var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(question, _stop.Token);
            if (await ResponseAsync(question, "tcp") is not { } response)
            {
                return;
            }

            var isCut = BehaviourOf(NameIn(question, out _)) == DnsBehaviour.IsCutForGood;
            await stream.WriteAsync((byte[])[(byte)(response.Length >> 8), (byte)response.Length, .. isCut ? response[..(response.Length / 2)] : response], _stop.Token);
            if (isCut)
            {
                return;
            }
        }
    }

    private void Begin(Task answering)
    {
        _answering.TryAdd(Quiet(answering), 0);

        static async Task Quiet(Task task)
        {
            try
            {
                await task;
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // Whoever asked has gone.
            }
        }
    }

    private async Task<byte[]?> ResponseAsync(byte[] question, string over)
    {
        var name = NameIn(question, out var end);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(end));
        _asked.Enqueue($"{NameOf(type)} {over} {name}");
        switch (BehaviourOf(name))
        {
            case DnsBehaviour.IsSilent:
                return null;
            case DnsBehaviour.IsHeld:
                await _released.Task.WaitAsync(_stop.Token);
                return Answer(question, end, name, type);
            case DnsBehaviour.Fails:
                return Response(question, end, 2, [], []);
            case DnsBehaviour.Refuses:
                return Response(question, end, 5, [], []);
            case DnsBehaviour.IsCut or DnsBehaviour.IsCutForGood when over == "udp":
                var cut = Response(question, end, 0, [], []);
                cut[2] |= 2;
                return cut;
            case DnsBehaviour.IsBroken:
                return [.. question[..2], 0x81, 0x80, 0, 1, 0xFF, 0xFF, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes("this is no message of the DNS")];
            case DnsBehaviour.AnswersAnother:
                byte[] other = [.. question[..12], .. DnsRecord.Name("another.example"), .. question[end..(end + 4)]];
                return Response(other, other.Length - 4, 0, [("another.example", DnsRecord.Address("127.0.0.2"))], []);
            default:
                return Answer(question, end, name, type);
        }
    }

    private byte[] Answer(byte[] question, int end, string name, ushort type)
    {
        var answers = new List<(string Owner, DnsRecord Record)>();
        var isKnown = _records.TryGetValue(name, out var records);
        if (!isKnown && Wildcard is { } lie)
        {
            records = [lie];
            isKnown = true;
        }

        // Aliases are followed, as a resolver does.
        var owner = name;
        while (records?.FirstOrDefault(record => record.Type == DnsRecord.Cname) is { } alias && answers.Count < 4)
        {
            answers.Add((owner, alias));
            owner = NameIn([.. new byte[12], .. alias.Content], out _);
            records = _records.GetValueOrDefault(owner);
        }

        answers.AddRange((records ?? []).Where(record => record.Type == type).Select(record => (owner, record)));
        return Response(question, end, (byte)(isKnown ? 0 : 3), answers, answers.Count == 0 && Authority is { } soa ? [("example", soa)] : []);
    }

    private static byte[] Response(byte[] question, int end, byte code, List<(string Owner, DnsRecord Record)> answers, List<(string Owner, DnsRecord Record)> authorities)
    {
        List<byte> bytes = [.. question[..2], 0x81, (byte)(0x80 | code), 0, 1, 0, (byte)answers.Count, 0, (byte)authorities.Count, 0, 0, .. question[12..(end + 4)]];
        foreach (var (owner, record) in answers.Concat(authorities))
        {
            bytes.AddRange(DnsRecord.Name(owner));
            bytes.AddRange([(byte)(record.Type >> 8), (byte)record.Type, 0, 1, (byte)(record.Ttl >> 24), (byte)(record.Ttl >> 16), (byte)(record.Ttl >> 8), (byte)record.Ttl]);
            bytes.AddRange([(byte)(record.Content.Length >> 8), (byte)record.Content.Length]);
            bytes.AddRange(record.Content);
        }

        return [.. bytes];
    }

    private DnsBehaviour BehaviourOf(string name) => _behaviours
        .Where(entry => entry.Key.Length == 0 || name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + entry.Key, StringComparison.OrdinalIgnoreCase))
        .OrderByDescending(entry => entry.Key.Length).Select(entry => entry.Value).FirstOrDefault();

    private static string NameIn(byte[] message, out int end)
    {
        var labels = new List<string>();
        var at = 12;
        for (; message[at] != 0; at += message[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(message, at + 1, message[at]));
        }

        end = at + 1;
        return string.Join('.', labels);
    }

    private static string NameOf(ushort type) => type switch
    {
        DnsRecord.A => "A",
        DnsRecord.Aaaa => "AAAA",
        DnsRecord.Mx => "MX",
        DnsRecord.Ptr => "PTR",
        DnsRecord.Txt => "TXT",
        _ => $"{type}",
    };
}
