using System.Net;
using System.Net.Sockets;
using DnsClient;
using Pmilter.Policies.Facts;

namespace Pmilter.Effects.Dns;

/// <summary>Asks servers, one after the other, over UDP and, where a response is cut, TCP. DnsClient speaks the protocol; attempts and time are ours.</summary>
internal sealed class DnsWire
{
    /// <summary>More servers would leave each too little time.</summary>
    private const int MostServers = 3;

    /// <summary>One lost packet must not lose the answer.</summary>
    private const int LeastAttempts = 2;

    /// <summary>DNS flag day 2020: larger packets are fragmented, and fragments get lost.</summary>
    private const int UdpBytes = 1232;

    private readonly LookupClient[] _servers;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private int _first;

    public DnsWire(IEnumerable<IPEndPoint> servers, TimeSpan timeout, TimeProvider time)
    {
        _servers = [.. servers.Take(MostServers).Select(Client)];
        _timeout = timeout;
        _time = time;
    }

    public bool HasServers => _servers.Length > 0;

    public async Task<DnsReply> AskAsync(NameQuestion question, CancellationToken cancellationToken)
    {
        var attempts = Math.Max(LeastAttempts, _servers.Length);
        var first = Volatile.Read(ref _first);
        var reply = DnsReply.Silent("there is no server to ask");
        for (var i = 0; i < attempts && HasServers && !cancellationToken.IsCancellationRequested; i++)
        {
            var server = (first + i) % _servers.Length;
            reply = await AskAsync(_servers[server], question, _timeout / attempts, cancellationToken).ConfigureAwait(false);
            if (reply.Kind == DnsReplyKind.Answered)
            {
                // The next question begins with the server that answers.
                Volatile.Write(ref _first, server);
                return reply;
            }
        }

        return reply;
    }

    private async Task<DnsReply> AskAsync(LookupClient server, NameQuestion question, TimeSpan time, CancellationToken cancellationToken)
    {
        using var limit = new LimitedSource(time, _time, cancellationToken);
        try
        {
            var response = await server.QueryAsync(question.Name, TypeOf(question.Kind), QueryClass.IN, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            return DnsReplyReader.Read(question, response);
        }
        catch (OperationCanceledException)
        {
            return DnsReply.Silent("no answer in time");
        }
        catch (Exception error)
        {
            // DnsClient wraps what it meets; the innermost names it. Bytes that are no DNS end in exceptions of many types.
            var cause = error.GetBaseException();
            return limit.IsCancellationRequested ? DnsReply.Silent("no answer in time") : DnsReply.Silent(cause is SocketException ? cause.Message : $"the response cannot be read ({cause.Message})");
        }
    }

    private static LookupClient Client(IPEndPoint server) => new(new LookupClientOptions(server)
    {
        UseCache = false,
        Retries = 0,
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        UseTcpFallback = true,
        ThrowDnsErrors = false,
        ContinueOnDnsError = false,
        ContinueOnEmptyResponse = false,
        UseRandomNameServer = false,
        AutoResolveNameServers = false,
        ExtendedDnsBufferSize = UdpBytes,
    });

    private static QueryType TypeOf(NameRecordKind kind) => kind switch
    {
        NameRecordKind.A => QueryType.A,
        NameRecordKind.Aaaa => QueryType.AAAA,
        NameRecordKind.Mx => QueryType.MX,
        NameRecordKind.Ptr => QueryType.PTR,
        _ => QueryType.TXT,
    };
}
