using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pmilter.Effects.Tests.Notices;

/// <summary>An MTA that takes one message after the other, or refuses the sender, and keeps what it was told.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _answer;
    private readonly Task _run;

    /// <param name="answer">To MAIL FROM.</param>
    public SmtpSink(string answer = "250 2.1.0 Ok")
    {
        _answer = answer;
        _listener.Start();
        _run = Task.Run(RunAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<string> Lines { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _run;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await ServeAsync(client.GetStream());
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            catch (IOException)
            {
                // The client hung up.
            }
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await SayAsync(stream, "220 sink");
        var isData = false;
        while (await reader.ReadLineAsync() is { } line)
        {
            Lines.Add(line);
            if (isData)
            {
                isData = line != ".";
                if (!isData)
                {
                    await SayAsync(stream, "250 2.0.0 Ok: queued as ABC");
                }

                continue;
            }

            isData = line == "DATA";
            await SayAsync(stream, line.Split(' ')[0].ToUpperInvariant() switch
            {
                "MAIL" => _answer,
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 Ok",
            });
        }
    }

    private static async Task SayAsync(NetworkStream stream, string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
}
