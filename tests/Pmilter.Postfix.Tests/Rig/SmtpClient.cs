using System.Net.Sockets;
using System.Text;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>Speaks SMTP without pipelining and presents any client by XCLIENT. Replies come back whole, lines joined by LF.</summary>
internal sealed class SmtpClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _tcp;
    private readonly StreamReader _reader;
    private readonly Stream _stream;

    private SmtpClient(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    /// <summary>The server's greeting.</summary>
    public string Greeting { get; private set; } = string.Empty;

    public static async Task<SmtpClient> ConnectAsync(int port)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync("127.0.0.1", port);
        var client = new SmtpClient(tcp);
        client.Greeting = await client.ReadReplyAsync();
        return client;
    }

    /// <summary>Connects and greets as another client: address, name and HELO as Postfix's XCLIENT takes them.</summary>
    public static async Task<SmtpClient> ConnectAsAsync(int port, string address, string name = "[UNAVAILABLE]", string helo = "client.example")
    {
        var client = await ConnectAsync(port);
        await client.SendAsync("EHLO rig.test");
        client.Greeting = await client.SendAsync($"XCLIENT ADDR={address} NAME={name}");
        if (!client.Greeting.StartsWith("220", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"XCLIENT was answered with '{client.Greeting}'.");
        }

        await client.SendAsync($"EHLO {helo}");
        return client;
    }

    /// <summary>One command, one reply.</summary>
    public async Task<string> SendAsync(string line)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
        return await ReadReplyAsync();
    }

    /// <summary>A whole message; the reply to the first command that is refused, or to the end of data.</summary>
    public async Task<string> SendMessageAsync(string from, IReadOnlyList<string> to, string content, string parameters = "")
    {
        var reply = await SendAsync($"MAIL FROM:<{from}>{parameters}");
        foreach (var recipient in to)
        {
            if (!IsPositive(reply))
            {
                return reply;
            }

            reply = await SendAsync($"RCPT TO:<{recipient}>");
        }

        return IsPositive(reply) ? await SendContentAsync(Encoding.UTF8.GetBytes(content)) : reply;
    }

    /// <summary>DATA and the content, dot-stuffed; the last reply.</summary>
    public async Task<string> SendContentAsync(byte[] content)
    {
        var reply = await SendAsync("DATA");
        if (!reply.StartsWith("354", StringComparison.Ordinal))
        {
            return reply;
        }

        var text = Encoding.Latin1.GetString(content).ReplaceLineEndings("\r\n");
        text = text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text.EndsWith("\r\n", StringComparison.Ordinal) ? text : text + "\r\n"));
        return await SendAsync(".");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await SendAsync("QUIT");
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The server was faster, or the test has failed already.
        }

        _tcp.Dispose();
    }

    private static bool IsPositive(string reply) => reply is ['2', ..];

    private async Task<string> ReadReplyAsync()
    {
        var lines = new List<string>();
        while (await _reader.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
            {
                return string.Join('\n', lines);
            }
        }

        throw new IOException($"The server closed the connection after '{string.Join('\n', lines)}'.");
    }
}
