using System.IO.Compression;
using System.Text.RegularExpressions;
using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Policies of the library behind a real Postfix, where what they do depends on it: recipients that it refuses itself, its hold queue.</summary>
public sealed partial class LibraryTests
{
    private const string Message = "From: a@far.example\nSubject: hello\n\nbody\n";

    [PostfixFact]
    public async Task DirectoryHarvest_EleventhUnknownRecipient_KeepsTheClientOut()
    {
        await using var rig = await MailRig.StartAsync(Policy("80-directory-harvest.yaml"));
        for (var guess = 1; guess <= 11; guess++)
        {
            Assert.StartsWith("554", await SendAsync(rig, "203.0.113.9", $"guess{guess}@nobody.test"), StringComparison.Ordinal);
        }

        Assert.StartsWith("451 4.7.1 Too many unknown recipients from 203.0.113.9", await SendAsync(rig, "203.0.113.9", "bob@discard.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.10", "bob@discard.test"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task DisplayNameFraud_IsHeldInThePostfixQueue()
    {
        await using var rig = await MailRig.StartAsync(Policy("40-risky-attachments.yaml"));
        var answer = await SendAsync(rig, "203.0.113.9", "bob@maildir.test", "From: \"boss@example.jp\" <x@far.example>\nSubject: hello\n\nbody\n");

        Assert.StartsWith("250", answer, StringComparison.Ordinal);
        Assert.Contains("\"queue_name\": \"hold\"", await rig.Postfix.QueueAsync(), StringComparison.Ordinal);
        Assert.Contains("quarantine by risky_attachments/our_address_as_name", rig.Pmilter.Log, StringComparison.Ordinal);
    }

    /// <summary>A program in an archive among other parts, as a mail program sends it; the same archive with documents passes.</summary>
    [PostfixFact]
    public async Task ProgramInAnArchive_IsHeldInThePostfixQueue()
    {
        await using var rig = await MailRig.StartAsync(Policy("40-risky-attachments.yaml"));
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "bob@maildir.test", WithArchive("readme.txt", "photo.jpg")), StringComparison.Ordinal);
        Assert.DoesNotContain("\"queue_name\": \"hold\"", await rig.Postfix.QueueAsync(), StringComparison.Ordinal);

        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "bob@maildir.test", WithArchive("readme.txt", "run/Setup.EXE")), StringComparison.Ordinal);
        Assert.Contains("\"queue_name\": \"hold\"", await rig.Postfix.QueueAsync(), StringComparison.Ordinal);
        Assert.Contains("quarantine by risky_attachments/program: a program as attachment: docs.zip", rig.Pmilter.Log, StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task OwnDomain_InTheFromOfAStranger_IsRefused()
    {
        await using var rig = await MailRig.StartAsync(Policy("70-own-domain.yaml"));
        var answer = await SendAsync(rig, "203.0.113.9", "bob@discard.test", "From: Boss <boss@example.jp>\nSubject: hello\n\nbody\n");

        Assert.StartsWith("550 5.7.1 example.jp does not send from 203.0.113.9", answer, StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "bob@discard.test"), StringComparison.Ordinal);
    }

    /// <summary>Own domain example.jp; every other list is empty.</summary>
    private static string Policy(string file) => ListFile().Replace(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "policies", file)),
        list => list.Groups["name"].Value switch { "own-domains.txt" => "items: ['example.jp']", "people.csv" => "items: { Nobody: { address: nobody@example.jp } }", _ => "items: []" });

    private static string WithArchive(params string[] names)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
            {
                archive.CreateEntry(name);
            }
        }

        return "From: a@far.example\nSubject: hello\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary=\"=_b\"\n\n--=_b\nContent-Type: text/plain\n\nsee the file\n"
            + "--=_b\nContent-Type: application/zip\nContent-Disposition: attachment;\n\tfilename*=utf-8''docs.zip\nContent-Transfer-Encoding: base64\n\n"
            + $"{Convert.ToBase64String(bytes.ToArray(), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")}\n--=_b--\n";
    }

    private static async Task<string> SendAsync(MailRig rig, string address, string to, string message = Message)
    {
        await using var client = await rig.ConnectAsAsync(address);
        return await client.SendMessageAsync("a@far.example", [to], message);
    }

    [GeneratedRegex(@"file: lists/(?<name>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex ListFile();
}
