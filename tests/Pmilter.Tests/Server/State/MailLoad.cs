using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;

namespace Pmilter.Tests.Server.State;

/// <summary>Messages of one sender, one after the other, until the server is gone or it is told to stop.</summary>
internal sealed class MailLoad(string address, string sender)
{
    private readonly List<DateTimeOffset> _done = [];

    public string Sender => sender;

    public int Begun { get; private set; }

    public int DoneBy(DateTimeOffset time) => _done.Count(at => at <= time);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await using var client = await MilterClient.DialAsync(ServerRig.Parse(address), null, CancellationToken.None);
            var mail = new MessageSender(client);
            await mail.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
            var message = new OutgoingMessage { Sender = new EnvelopeAddress($"<{sender}>"), Recipients = [new EnvelopeAddress("<c@d.example>")] };
            while (!stop.IsCancellationRequested)
            {
                Begun++;
                await mail.SendAsync(message, CancellationToken.None);
                _done.Add(DateTimeOffset.UtcNow);
            }

            await client.QuitAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is MilterClientException or IOException or SocketException)
        {
            // Killed.
        }
    }
}
