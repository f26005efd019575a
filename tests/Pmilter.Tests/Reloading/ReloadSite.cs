using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Reloading;

/// <summary>A site whose policy changes, and a server that runs it.</summary>
internal sealed class ReloadSite : IDisposable
{
    private readonly SiteFolder _site;

    public ReloadSite(string policy, string configuration = "")
    {
        _site = new SiteFolder(configuration, ("p.yaml", policy));
    }

    public static ClientFacts Client { get; } = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    public string Configuration => _site.Configuration;

    public string Policies => Path.Combine(_site.Root, "policies");

    public string State => Path.Combine(_site.Root, "state");

    public ServerSettings Settings => ServerRig.Options("inet:127.0.0.1:0") with
    {
        Policies = Policies,
        State = new StateSettings { Folder = State },
        AdminSocket = Path.Combine(State, "admin.sock"),
    };

    /// <summary>Refuses mail of one sender at a phase.</summary>
    public static string Refusing(string user, string phase = "mail") =>
        $"policy: p\nrules:\n  - {{ id: r, phase: {phase}, when: \"{(phase == "helo" ? "helo" : "mail_from")} = '{user}'\", then: [ reject: '5.7.1 no' ] }}\n";

    public void Write(string text, string name = "p.yaml")
    {
        var path = Path.Combine(Policies, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public Task<ServerRig> StartAsync(Func<ServerSettings, ServerSettings>? change = null) =>
        ServerRig.StartAsync(change?.Invoke(Settings) ?? Settings, hasPolicies: true);

    /// <summary>One message on a connection of its own.</summary>
    public static async Task<MessageOutcome> SendAsync(ServerRig rig, string sender)
    {
        await using var client = await rig.DialAsync();
        var session = new MessageSender(client);
        await session.BeginAsync(Client, "client.example", CancellationToken.None);
        return await SendAsync(session, sender);
    }

    public static Task<MessageOutcome> SendAsync(MessageSender session, string sender) => session.SendAsync(
        new OutgoingMessage { Sender = new EnvelopeAddress($"<{sender}>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None);

    public void Dispose() => _site.Dispose();
}
