using System.Text.Json;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>The decision log, as it stands in its file.</summary>
public sealed class DecisionRecorderTests : IDisposable
{
    private const string Policy = """
        policy: p
        counters:
          mails: { phase: mail, count: messages, key: [client_ip, mail_from], window: 1h }
        rules:
          - { id: often, phase: mail, limit: { counter: mails, max: 1 }, then: [ tempfail: '4.7.1 often' ] }
          - { id: nobody, phase: rcpt, when: "rcpt_to_user = 'nobody'", then: [ reject: '5.1.1 no {rcpt_to}' ] }
          - { id: watched, phase: eom, mode: monitor, when: "subject = 'bait'", then: [ reject: '5.7.1 bait' ] }
        """;

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Messages_AndRefusals_AreALineEach()
    {
        var lines = await RecordAsync(hashKey: string.Empty);

        Assert.Equal(["rcpt reject nobody", "eom continue ", "mail tempfail often"], lines.Select(line => $"{line.GetProperty("phase")} {line.GetProperty("verdict")} {line.GetProperty("rule")}"));
        var refused = lines[0];
        Assert.Equal("550 5.1.1 no nobody@d.example", refused.GetProperty("reply").GetString());
        Assert.Equal(["nobody@d.example"], refused.GetProperty("rcpt").EnumerateArray().Select(rcpt => rcpt.GetString()));
        Assert.Equal("203.0.113.9", refused.GetProperty("client").GetProperty("ip").GetString());
        var passed = lines[1];
        Assert.Equal(["nobody@d.example", "c@d.example"], passed.GetProperty("rcpt").EnumerateArray().Select(rcpt => rcpt.GetString()));
        Assert.Equal(("watched", "reject"), (passed.GetProperty("would")[0].GetProperty("rule").GetString(), passed.GetProperty("would")[0].GetProperty("verdict").GetString()));
        Assert.Equal(("bait", "4F2A"), (passed.GetProperty("values").GetProperty("subject").GetString(), passed.GetProperty("queue_id").GetString()));
        var counter = lines[2].GetProperty("counters").GetProperty("p/mails");
        Assert.Equal(["203.0.113.9", "a@b.example"], counter.GetProperty("key").EnumerateArray().Select(part => part.GetString()));
        Assert.Equal((2, 1), (counter.GetProperty("value").GetDouble(), counter.GetProperty("max").GetDouble()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", lines[2].GetProperty("time").GetString());
        Assert.True(lines[2].GetProperty("took_us").GetDouble() >= 0);
    }

    /// <summary>It was lost: only the last event's was written, and most rules decide before.</summary>
    [Fact]
    public async Task Would_OfEarlierPhases_StandsInTheMessagesLineOnce()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), """
            policy: p
            mode: monitor
            rules:
              - { id: first, phase: mail, then: [ reject ] }
              - { id: each, phase: rcpt, then: [ tempfail ] }
              - { id: last, phase: eom, then: [ quarantine: held ] }
            """);

        var lines = await RecordAsync(hashKey: string.Empty, isGivenUp: true);

        Assert.Equal(
            ["eom first reject,each tempfail,last quarantine", "eom first reject,each tempfail,last quarantine", "abort first reject,each tempfail"],
            lines.Select(line => $"{line.GetProperty("phase")} {string.Join(',', line.GetProperty("would").EnumerateArray().Select(would => $"{would.GetProperty("rule")} {would.GetProperty("verdict")}"))}"));
        Assert.Equal("gone@d.example", lines[2].GetProperty("rcpt")[0].GetString());
    }

    [Fact]
    public async Task Message_OfWhichNoRuleSaysAnything_IsALineOfItsEnd()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), "policy: p\nrules:\n  - { id: r, phase: eom, when: \"subject = 'x'\", then: [ reject ] }\n");

        Assert.Equal(["eom continue", "eom continue"], (await RecordAsync(hashKey: string.Empty)).Select(line => $"{line.GetProperty("phase")} {line.GetProperty("verdict")}"));
    }

    [Fact]
    public async Task Hash_HidesPersonsAndSubjects_ButNotDomains()
    {
        var lines = await RecordAsync(Path.Combine(_site.Root, "state", "hash.key"));

        Assert.Matches("^h:[0-9a-f]{16}@b.example$", lines[1].GetProperty("mail_from").GetString());
        Assert.Equal(lines[1].GetProperty("mail_from").GetString(), lines[2].GetProperty("mail_from").GetString());
        Assert.Equal(lines[2].GetProperty("mail_from").GetString(), lines[2].GetProperty("counters").GetProperty("p/mails").GetProperty("key")[1].GetString());
        Assert.Matches("^h:[0-9a-f]{16}$", lines[1].GetProperty("values").GetProperty("subject").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_site.Root, "state", "hash.key")));
        Assert.Equal(PersonalText.Open(Path.Combine(_site.Root, "state", "hash.key")).Of("mail_from", "A@b.example"), lines[1].GetProperty("mail_from").GetString());
    }

    [Fact]
    public async Task Hash_WithABrokenKey_StopsTheStart()
    {
        var key = Path.Combine(_site.Root, "hash.key");
        await File.WriteAllTextAsync(key, "short");

        var error = Assert.Throws<ServerStartException>(() => PersonalText.Open(key));

        Assert.Contains("has 5 bytes, a key has 32", error.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<JsonElement>> RecordAsync(string hashKey, bool isGivenUp = false)
    {
        var settings = ServerRig.Options("inet:127.0.0.1:0") with
        {
            Policies = Path.Combine(_site.Root, "policies"),
            Log = new LogSettings("notice", IsJson: false, string.Empty) { Decisions = Path.Combine(_site.Root, "decisions.jsonl"), HashKey = hashKey },
        };
        await using (var rig = await ServerRig.StartAsync(settings, hasPolicies: true))
        {
            await using var client = await rig.DialAsync();
            var sender = new MessageSender(client);
            await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
            foreach (var user in new[] { "nobody", "c" })
            {
                var message = new OutgoingMessage
                {
                    Sender = new EnvelopeAddress("<a@b.example>"),
                    Recipients = user == "nobody" ? [new EnvelopeAddress("<nobody@d.example>"), new EnvelopeAddress("<c@d.example>")] : [new EnvelopeAddress("<c@d.example>")],
                    Headers = [MailHeader.Of("Subject", "bait")],
                    QueueId = "4F2A",
                };
                await sender.SendAsync(message, CancellationToken.None);
            }

            if (isGivenUp)
            {
                await client.MailAsync(new EnvelopeAddress("<a@b.example>"), CancellationToken.None);
                await client.RcptAsync(new EnvelopeAddress("<gone@d.example>"), CancellationToken.None);
                await client.AbortAsync(CancellationToken.None);
                await client.QuitAsync(CancellationToken.None);
            }
        }

        var file = Assert.Single(Directory.GetFiles(_site.Root, "decisions*.jsonl"));
        return [.. (await File.ReadAllLinesAsync(file)).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
