using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Sessions;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>Content rules in a running server: what is decided, logged, recorded and replayed.</summary>
public sealed class ContentTests : IDisposable
{
    private const string Policy = """
        policy: p
        patterns:
          macros: 'vbaProject\.bin$'
        rules:
          - { id: nobody, phase: rcpt, when: "rcpt_to = 'nobody@d.example' and mail_from = 'x@b.example'", then: [ reject ] }
          - { id: program, phase: eom, when: "attachment_ext_in('exe')", then: [ quarantine: 'a program: {attachment_names}' ] }
          - { id: macros, phase: eom, when: "any_part(attachment_matches('macros') and part_size > 10)", then: [ reject ] }
          - { id: words, phase: eom, when: "body_contains('lottery')", then: [ reject ] }
        """;

    private readonly SiteFolder _site = new("log: { decisions: log/decisions.jsonl }\n", ("p.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Messages_WithAttachments_AreDecidedRecordedAndReplayed()
    {
        var verdicts = await SendAsync([Mail("hello", "a.pdf"), Mail("hello", "run.EXE."), Mail("hello", "docs.zip", "in/setup.exe"), Mail("hello", "form.docm", "word/vbaProject.bin"), Mail("a lottery", "a.pdf")]);

        Assert.Equal(["Continue", "Continue a program: run.EXE", "Continue a program: docs.zip", "Reject", "Reject"], verdicts);
        var lines = Decisions();
        var zip = lines[2].GetProperty("values").GetProperty("parts")[1];
        Assert.Equal(("application/octet-stream", "docs.zip", "in/setup.exe"), (zip.GetProperty("type").GetString(), zip.GetProperty("names")[0].GetString(), zip.GetProperty("entries")[0].GetString()));
        Assert.False(lines[0].GetProperty("values").GetProperty("body_contains('lottery')").GetBoolean());
        Assert.True(lines[4].GetProperty("values").GetProperty("body_contains('lottery')").GetBoolean());

        var same = await CommandRun.OfAsync("replay", "-c", _site.Configuration);
        Assert.True(same.ExitCode == 0, same.Output + same.Error);
        Assert.Contains("5 decisions", same.Output, StringComparison.Ordinal);
        Assert.Contains("0 differ, 0 cannot be decided", same.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), Policy.Replace("'exe'", "'pdf'", StringComparison.Ordinal));
        var other = await CommandRun.OfAsync("replay", "-c", _site.Configuration);
        Assert.Contains("4 differ, 0 cannot be decided", other.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), Policy.Replace("'lottery'", "'casino'", StringComparison.Ordinal));
        var unknown = await CommandRun.OfAsync("replay", "-c", _site.Configuration);
        Assert.Contains("undecidable: body_contains('casino') is not in the log of", unknown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfARecordedDecision_KnowsTheParts()
    {
        await SendAsync([Mail("hello", "run.exe")]);
        var id = Decisions()[0].GetProperty("id").GetString() ?? string.Empty;

        var run = await CommandRun.OfAsync("explain", "-c", _site.Configuration, "--decision", id);

        Assert.Contains("QUARANTINE", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("taken as empty", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hash_OfFileNames_KeepsTheirExtension()
    {
        await SendAsync([Mail("hello", "payroll of ann.exe")], Path.Combine(_site.Root, "hash.key"));

        var values = Decisions()[0].GetProperty("values");
        Assert.Matches(@"^h:[0-9a-f]{16}\.exe$", values.GetProperty("parts")[1].GetProperty("names")[0].GetString());
        Assert.DoesNotContain("payroll", values.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bombs_AreOneWarning_UntilAnHourIsCalm()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        var log = new RecordedLog();
        var watch = new ContentWatch(time, new Microsoft.Extensions.Logging.Logger<ContentWatch>(log));
        var session = new StillSession();
        for (var i = 0; i < 100; i++)
        {
            time.Advance(TimeSpan.FromMinutes(30));
            watch.Note(session, ContentBound.Parts);
            watch.Note(session, ContentBound.None);
        }

        Assert.Single(log.Lines);
        Assert.StartsWith("Warning: s1 : not all of a message was looked at: it has more parts than content.max_parts.", log.Lines[0], StringComparison.Ordinal);
        watch.Note(session, ContentBound.Depth);
        time.Advance(TimeSpan.FromMinutes(61));
        watch.Note(session, ContentBound.Parts);
        Assert.Equal(3, log.Lines.Count);
    }

    [Fact]
    public async Task Bombs_ThroughTheServer_GoToOnErrorWithOneWarning()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), "policy: p\nrules:\n  - { id: r, phase: eom, when: \"attachment_ext_in('exe')\", on_error: tempfail, then: [ reject ] }\n");
        var bomb = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 50_000)));
        await using var rig = await ServerRig.StartAsync(Settings(string.Empty), hasPolicies: true);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.Equal("Tempfail", await SendAsync(rig, bomb));
        }

        Assert.Single(rig.Log.Lines, line => line.StartsWith("Warning:", StringComparison.Ordinal));
        Assert.Equal(3, rig.Log.Lines.Count(line => line.StartsWith("Information:", StringComparison.Ordinal) && line.Contains("Not all of the message was looked at; on_error decides.", StringComparison.Ordinal)));
    }

    private ServerSettings Settings(string hashKey) => ServerRig.Options("inet:127.0.0.1:0") with
    {
        Policies = Path.Combine(_site.Root, "policies"),
        Log = new LogSettings("notice", IsJson: false, string.Empty) { Decisions = Path.Combine(_site.Root, "log", "decisions.jsonl"), HashKey = hashKey },
    };

    private async Task<IReadOnlyList<string>> SendAsync(byte[][] bodies, string hashKey = "")
    {
        await using var rig = await ServerRig.StartAsync(Settings(hashKey), hasPolicies: true);
        var verdicts = new List<string>();
        foreach (var body in bodies)
        {
            verdicts.Add(await SendAsync(rig, body));
        }

        return verdicts;
    }

    private static async Task<string> SendAsync(ServerRig rig, byte[] body)
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage
            {
                Sender = new EnvelopeAddress("<a@b.example>"),
                Recipients = [new EnvelopeAddress("<bob@d.example>")],
                Headers = [MailHeader.Of("Subject", "x"), MailHeader.Of("Content-Type", "multipart/mixed;\n\tboundary=b")],
                Body = body,
                QueueId = "4F2A",
            },
            CancellationToken.None);
        return $"{outcome.Final.Kind} {outcome.Message?.QuarantineReason}".Trim();
    }

    private List<JsonElement> Decisions() =>
        [.. File.ReadAllLines(Assert.Single(Directory.GetFiles(Path.Combine(_site.Root, "log"), "decisions*.jsonl"))).Select(line => JsonDocument.Parse(line).RootElement)];

    private static byte[] Mail(string text, string name, params string[] entries)
    {
        using var zip = new MemoryStream();
        if (entries.Length > 0)
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var entry in entries)
            {
                archive.CreateEntry(entry);
            }
        }

        var file = Convert.ToBase64String(zip.ToArray(), Base64FormattingOptions.InsertLineBreaks);
        return Encoding.ASCII.GetBytes($"--b\r\n\r\n{text}\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n--b--\r\n");
    }

    private sealed class StillSession : ISessionContext
    {
        public string Id => "s1";

        public string Listener => "test";

        public MacroTable Macros { get; } = new();

        public Agreement? Agreement => null;
    }
}
