using System.Text.Json;
using Pmilter.Commands;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.TestKit;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>A running server and a real webhook.</summary>
public sealed class NoticeServerTests
{
    private const string Policy = """
        policy: p
        counters:
          c: { phase: mail, count: messages, key: [client_ip], window: 1h }
        rules:
          - { id: many, phase: mail, limit: { counter: c, max: 1, hold: 1h }, then: [ { notify: { target: oncall, text: 'held {client_ip}' } }, tempfail ] }
        """;

    [Fact]
    public async Task Flood_OfOneHeldKey_PostsOnce()
    {
        await using var sink = new HttpSink();
        using var site = new SiteFolder(Configuration(sink.Url), ("p.yaml", Policy));
        await using (var rig = await ServerRig.StartAsync(Settings(site), hasPolicies: true))
        {
            await using var client = await rig.DialAsync();
            var sender = new MessageSender(client);
            await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
            for (var i = 0; i < 300; i++)
            {
                await sender.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress("<a@spam.example>"), Recipients = [new EnvelopeAddress("<b@example.jp>")] }, CancellationToken.None);
            }

            await rig.SaysAsync("Notice to oncall sent by webhook");
        }

        using var json = JsonDocument.Parse((await sink.NextAsync()).Body);
        Assert.Equal(("held 203.0.113.9", "hold", "203.0.113.9", "many"), (Text("text"), Text("event"), Text("client_ip"), Text("rule")));
        Assert.Equal(1, sink.Count);

        string? Text(string name) => json.RootElement.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData(200, 0, "taken, 200 OK")]
    [InlineData(403, 1, "not taken, 403 Forbidden: invalid_token")]
    public async Task Command_SaysWhatCameBack(int status, int exitCode, string expected)
    {
        await using var sink = new HttpSink(HttpSink.Status(status, "invalid_token"));
        using var site = new SiteFolder(Configuration(sink.Url));

        var run = await CommandRun.OfAsync("notify", "oncall", "-c", site.Configuration, "--text", "hello");

        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith($"webhook 127.0.0.1:{sink.Url.Port}: {expected}", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"text\":\"hello\"", (await sink.NextAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_OfAnUnknownTarget_NamesTheOneThatIsMeant()
    {
        using var site = new SiteFolder("notify: { oncall: { mail: postmaster } }\n");

        var run = await CommandRun.OfAsync("notify", "oncal", "-c", site.Configuration);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("There is no target 'oncal': did you mean 'oncall'?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_ThatIsMissing_StopsTheStart()
    {
        using var site = new SiteFolder("geoip: { country: '' }\nnotify: { oncall: { url: 'https://127.0.0.1/', secret_file: no.key } }\n");

        await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(Settings(site)));
    }

    private static string Configuration(Uri url) => $"geoip: {{ country: '' }}\nstate: {{ dir: '' }}\nadmin: {{ socket: '' }}\nnotify: {{ oncall: {{ url: '{url}' }} }}\n";

    private static ServerSettings Settings(SiteFolder site)
    {
        var settings = SettingsReader.Read(site.Configuration, new DiagnosticBag());
        return ServerRig.Options("inet:127.0.0.1:0") with { Policies = settings.Policies, Notify = settings.Notify };
    }
}
