using System.Net.Sockets;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.TakeOver;

/// <summary>A configuration, and one process after the other that serves it.</summary>
internal sealed class TakeOverSite : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ClientFacts Client = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private readonly SiteFolder _site;
    private readonly List<PmilterChild> _children = [];

    /// <param name="most">Messages that a sender may send an hour.</param>
    /// <param name="more">Sections of pmilter.yaml.</param>
    public TakeOverSite(int most = 10_000_000, string more = "")
    {
        _site = new SiteFolder("placeholder", ("p.yaml", $$"""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [mail_from], window: 1h }
            rules:
              - { id: many, phase: mail, limit: { counter: c, max: {{most}} }, then: [ tempfail: '4.7.1 many' ] }
            """));
        Write($"server: {{ listen: [ '{Address}' ] }}\n{more}");
    }

    public string Root => _site.Root;

    public string Configuration => _site.Configuration;

    public string Address => $"unix:{Path.Combine(_site.Root, "m.sock")}";

    public string AdminSocket => Path.Combine(_site.Root, "admin.sock");

    public string StateFolder => Path.Combine(_site.Root, "state");

    public string Policy => Path.Combine(_site.Root, "policies", "p.yaml");

    /// <summary>pmilter.yaml anew.</summary>
    public void Write(string sections) => File.WriteAllText(
        Configuration, $"{sections}\ngeoip: {{ country: '' }}\nadmin: {{ socket: admin.sock }}\nstate: {{ dir: state }}\npolicies: {{ watch: false }}\n");

    /// <summary>Listening.</summary>
    public async Task<PmilterChild> StartAsync(params string[] arguments)
    {
        var child = await PmilterChild.StartAsync(Configuration, arguments);
        _children.Add(child);
        return child;
    }

    /// <summary>Listening, with variables of a service manager.</summary>
    public async Task<PmilterChild> StartUnderAsync(params (string Name, string Value)[] environment)
    {
        var child = await PmilterChild.StartUnderAsync(Configuration, environment);
        _children.Add(child);
        return child;
    }

    /// <summary>One that takes over, and has.</summary>
    public async Task<PmilterChild> TakeOverAsync()
    {
        var child = await StartAsync("--take-over");
        Assert.Contains("Took over from process", child.Log, StringComparison.Ordinal);
        return child;
    }

    /// <summary>One that is not expected to serve.</summary>
    public PmilterChild Launch(params string[] arguments)
    {
        var child = PmilterChild.Launch(Configuration, arguments);
        _children.Add(child);
        return child;
    }

    /// <summary>The socket at which another process asks is there.</summary>
    public Task ReachableAsync(PmilterChild server) => PmilterChild.UntilAsync(
        () =>
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint($"{AdminSocket}.take-over"));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        () => server.Log);

    /// <summary>A connection with its greeting, for <see cref="SendAsync(MailSession, string)"/>.</summary>
    public async Task<MailSession> BeginAsync()
    {
        var client = await MilterClient.DialAsync(ServerRig.Parse(Address), null, CancellationToken.None).WaitAsync(Patience);
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None).WaitAsync(Patience);
        return new MailSession(client, sender);
    }

    public static async Task<VerdictKind> SendAsync(MailSession session, string from)
    {
        var message = new OutgoingMessage { Sender = new EnvelopeAddress($"<{from}>"), Recipients = [new EnvelopeAddress("<c@d.example>")] };
        return (await session.Sender.SendAsync(message, CancellationToken.None).WaitAsync(Patience)).Final.Kind;
    }

    /// <summary>A message on a connection of its own.</summary>
    public async Task<VerdictKind> SendAsync(string from)
    {
        await using var session = await BeginAsync();
        var verdict = await SendAsync(session, from);
        await session.QuitAsync();
        return verdict;
    }

    /// <summary>What the folder says of a sender, after the last process has ended.</summary>
    public async Task<double> CountedAsync(string from)
    {
        var state = new MemoryStateStore();
        await using var file = File.OpenRead(Path.Combine(StateFolder, "state.snapshot"));
        StateSnapshot.Read(file, state, DateTimeOffset.UtcNow);
        return (await new MemoryStateView(state).FindAsync("p/c", from, DateTimeOffset.UtcNow, CancellationToken.None))?.Value ?? 0;
    }

    public void Dispose()
    {
        _children.ForEach(child => child.Dispose());
        _site.Dispose();
    }
}

internal sealed record MailSession(MilterClient Client, MessageSender Sender) : IAsyncDisposable
{
    public Task QuitAsync() => Client.QuitAsync(CancellationToken.None).AsTask();

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
