using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Transports;
using Pmilter.Tests.Server;
using Pmilter.Tests.Server.State;
using Pmilter.Tests.Service;

namespace Pmilter.Tests.Faults;

/// <summary>The program in a process of its own, on a socket in its folder, and mail for it.</summary>
internal sealed class FaultProcess(ServiceProcess process) : IAsyncDisposable
{
    public const string Server = "server: { listen: [ 'unix:{folder}/m.sock' ] }\n";

    private static readonly ClientFacts Client = new("mx.example", ClientFamily.Inet, "203.0.113.9", 4321);

    public ServiceProcess Process { get; } = process;

    public MilterAddress Address => ServerRig.Parse($"unix:{Path.Combine(Process.Folder, "m.sock")}");

    public static async Task<FaultProcess> StartAsync(string configuration = Server, string shell = "exec \"$@\"", params (string Name, string Value)[] environment)
    {
        var fault = new FaultProcess(ServiceProcess.Start(configuration, shell, environment));
        await PmilterChild.UntilAsync(() => fault.Process.Errors.Contains("Listening on", StringComparison.Ordinal) || fault.Process.HasExited || fault.Accepts(), () => fault.Process.Errors);
        Assert.False(fault.Process.HasExited, fault.Process.Errors);
        return fault;
    }

    public Task<MilterClient> DialAsync() => MilterClient.DialAsync(Address, null, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>A whole message on a connection of its own; throws when it is not answered.</summary>
    public async Task<VerdictKind> SendAsync()
    {
        await using var client = await DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress("<a@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        await client.QuitAsync(CancellationToken.None);
        return outcome.Final.Kind;
    }

    /// <summary>A connection that says nothing.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var endPoint = (await Address.ResolveAsync(CancellationToken.None))[0];
        while (true)
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endPoint).WaitAsync(TimeSpan.FromSeconds(30));
                return socket;
            }
            catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
            {
                // The backlog is full for the moment.
                socket.Dispose();
                await Task.Yield();
            }
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    /// <summary>How many files are open once all parts of the server have begun: the MTA's socket answers before the last of them.</summary>
    public async Task<int> SettledDescriptorsAsync()
    {
        var (level, same) = (0, 0);
        await PmilterChild.UntilAsync(
            () =>
            {
                var now = Process.Descriptors;
                (level, same) = now == level ? (level, same + 1) : (now, 0);
                return same == 30;
            },
            () => $"{level} descriptors, and not at rest");
        return level;
    }

    /// <summary>Where the log goes elsewhere. The file is there before anybody listens at it.</summary>
    private bool Accepts()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(Process.Folder, "m.sock")));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
