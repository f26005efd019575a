using Pmilter.Commands;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.TestKit;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Telemetry;

/// <summary>What a collector is sent, as OTLP over HTTP: the texts in it are UTF-8 as they are.</summary>
public sealed class TracesTests
{
    private const string Policy = """
        policy: p
        rules:
          - { id: out, phase: rcpt, when: "rcpt_to_user = 'nobody'", then: [ reject: '5.1.1 nobody here' ] }
          - { id: closed, phase: eom, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
        """;

    [Fact]
    public async Task RefusedMessage_IsSentWithItsPhasesAndRule_AndWithoutAddresses()
    {
        await using var collector = new HttpSink();

        await RunAsync(collector.Url, "0%", "spam@b.example", "good@b.example");

        var posted = await collector.NextAsync();
        Assert.Equal(("POST", "/hook/secret"), (posted.Method, posted.Path));
        Assert.Equal("application/x-protobuf", posted.Headers["Content-Type"]);
        Assert.All(["service.name", "message", "mail", "rcpt", "eom", "pmilter.verdict", "reject", "closed"], text => Assert.Contains(text, posted.Body, StringComparison.Ordinal));
        Assert.All(["spam", "good", "b.example", "d.example", "203.0.113.9"], text => Assert.DoesNotContain(text, posted.Body, StringComparison.Ordinal));
        Assert.Equal(1, Occurrences(posted.Body, "pmilter.verdict"));
    }

    [Theory]
    [InlineData("100%", 4)]
    [InlineData("50%", 2)]
    public async Task PassedMessages_AreSentByTheirShare(string share, int sent)
    {
        await using var collector = new HttpSink();

        await RunAsync(collector.Url, share, "a@b.example", "b@b.example", "c@b.example", "d@b.example");

        Assert.Equal(sent, Occurrences((await collector.NextAsync()).Body, "pmilter.verdict"));
    }

    [Fact]
    public async Task Collector_ThatAnswersAnError_IsWarnedOfOnce_AndMailGoesOn()
    {
        await using var collector = new HttpSink(HttpSink.Status(404));

        var log = await RunAsync(collector.Url, "100%", "a@b.example", "b@b.example");

        var line = Assert.Single(log, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains("Traces are not taken by", line, StringComparison.Ordinal);
        Assert.Contains("404 (is the path right?)", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces")]
    [InlineData("https://collector.example/otlp/v1/traces", "https://collector.example/otlp/v1/traces")]
    public void Endpoint_WithoutAPath_IsTheStandardOne(string written, string endpoint)
    {
        using var site = new SiteFolder($"traces: {{ endpoint: '{written}' }}\n");
        var diagnostics = new DiagnosticBag();

        var traces = SettingsReader.Read(site.Configuration, diagnostics).Traces;

        Assert.Empty(diagnostics.All);
        Assert.Equal((endpoint, 0.01), (traces!.Endpoint.ToString(), traces.Share));
    }

    private static int Occurrences(string text, string what) => text.Split(what).Length - 1;

    /// <summary>A server from start to end, which is when what is left is sent; returns its log.</summary>
    private static async Task<IReadOnlyList<string>> RunAsync(Uri collector, string share, params string[] senders)
    {
        using var site = new SiteFolder($"geoip: {{ country: '' }}\ntraces: {{ endpoint: '{collector}', share: {share} }}\n", ("p.yaml", Policy));
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(site.Configuration, diagnostics);
        Assert.Empty(diagnostics.All);
        await using var rig = await ServerRig.StartAsync(
            settings with { Listen = ServerRig.Options("inet:127.0.0.1:0").Listen, State = new StateSettings(), AdminSocket = string.Empty }, hasPolicies: true);
        await using (var client = await rig.DialAsync())
        {
            var sender = new MessageSender(client);
            await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
            foreach (var address in senders)
            {
                await sender.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress($"<{address}>"), Recipients = [new EnvelopeAddress("<bob@d.example>"), new EnvelopeAddress("<nobody@d.example>")] }, CancellationToken.None);
            }
        }

        rig.Stop();
        await rig.EndAsync();
        return rig.Log.Lines;
    }
}
