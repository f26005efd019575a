using System.Net.Sockets;
using System.Text;
using Pmilter.Commands;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Original;

/// <summary>
/// The handlers that the tests with a live Postfix run, over a session that a real Postfix had with them: with TLS, a client certificate and a
/// login, a sender that is refused, an unknown command, a message with two recipients and a long body, and one that is given up.
/// </summary>
public sealed class RecordedSessionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What each handler read, in order.</summary>
    private static readonly string[] Read =
    [
        "connect client_ipaddr=203.0.113.9 client_hostname=mail.sender.test client_daemon=mx.lab.test myhostname=mx.lab.test",
        "helo helo_hostname=mail.sender.test tls_version= cipher= cipher_bits= cert_subject= cert_issuer=",
        "helo helo_hostname=mail.sender.test tls_version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 cipher_bits=256 cert_subject=mx.lab.test cert_issuer=mx.lab.test",
        "mail envelope_from=<spammer@sender.test> mail_addr=spammer@sender.test auth_type=PLAIN auth_authen=alice auth_author=",
        "unknown ran",
        "mail envelope_from=<alice@sender.test> mail_addr=alice@sender.test auth_type=PLAIN auth_authen=alice auth_author=",
        "rcpt envelope_to=copy2@maildir.test",
        "rcpt envelope_to=bob@maildir.test",
        "data message_id=5BEF5B24127",
        "header From=\"Alice <alice@sender.test>\"",
        "header To=\"bob@maildir.test\"",
        "header Subject=\"hello\"",
        "header Date=\"Sat, 28 Nov 2026 09:00:00 +0000\"",
        "header Message-ID=\"<1@sender.test>\"",
        "header X-Fold=\"first\\n second\"",
        "body bytes=65535 begins=the body",
        "eom envelope_to=bob@maildir.test message_id=5BEF5B24127 seen=connect,helo,helo,mail,mail,rcpt,rcpt",
        "mail envelope_from=<alice@sender.test> mail_addr=alice@sender.test auth_type=PLAIN auth_authen=alice auth_author=",
        "abort ran",
        "close ran",
    ];

    /// <summary>Replies but for continue: their codes and texts.</summary>
    private static readonly string[] Answers =
    [
        "y 550 5.7.1 Rejected by policy",
        "s ",
        "h X-Pmilter seen by pmilter in mail mail rcpt rcpt",
        "e <changed@sender.test>",
        "+ <copy@maildir.test>",
        "+ <third@maildir.test>",
    ];

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"pmilter-recorded-{Guid.NewGuid():N}");

    public RecordedSessionTests()
    {
        Directory.CreateDirectory(_folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Handlers/original")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }
    }

    private string Conf => Path.Combine(_folder, "pmilter.conf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(16_384)]
    [InlineData(7)]
    public async Task EveryHandler_OverARecordedSession_ReadsAndAnswersAsThen(int mostBytesAtOnce)
    {
        var trace = Trace.Load("original-handlers-01.trace");
        var diagnostics = new DiagnosticBag();
        var settings = OriginalFile.Read(new SourceText(Conf, await File.ReadAllTextAsync(Conf)), diagnostics);
        Assert.False(diagnostics.HasErrors, DiagnosticRenderer.Render(diagnostics.All));
        byte[] written;
        RecordedLog log;
        await using (var rig = await ServerRig.StartAsync(settings with { Listen = ServerRig.Options("inet:127.0.0.1:0").Listen, AdminSocket = string.Empty }, hasPolicies: true))
        {
            log = rig.Log;
            using var socket = await rig.ConnectAsync();
            written = await ExchangeAsync(socket, trace.Input, mostBytesAtOnce);
        }

        var said = log.Lines.Where(line => line.Contains(" says: ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(" says: ", StringComparison.Ordinal) + 7)..].Split(" | ")[0]);
        Assert.Equal<IEnumerable<string>>(["postconfig ran", .. Read, "master_exit ran"], said);
        Assert.Equal<IEnumerable<string>>(Answers, Replies(written));
        var recorded = trace.Packets.Where(packet => !packet.IsFromMta).SelectMany(packet => packet.Bytes);
        Assert.Equal(Convert.ToHexString([.. recorded]), Convert.ToHexString(written));
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Warning", StringComparison.Ordinal));
    }

    /// <summary>Sends all in pieces while it reads what comes back, up to the end.</summary>
    private static async Task<byte[]> ExchangeAsync(Socket socket, ReadOnlyMemory<byte> input, int mostBytesAtOnce)
    {
        using var limit = new CancellationTokenSource(Patience);
        var reading = Task.Run(async () =>
        {
            using var written = new MemoryStream();
            await new NetworkStream(socket).CopyToAsync(written, limit.Token);
            return written.ToArray();
        });
        while (!input.IsEmpty)
        {
            var sent = await socket.SendAsync(input[..Math.Min(mostBytesAtOnce, input.Length)], limit.Token);
            input = input[sent..];
        }

        return await reading;
    }

    private static IEnumerable<string> Replies(byte[] written)
    {
        for (var at = 0; at < written.Length;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(written.AsSpan(at));
            var code = (char)written[at + 4];
            if (code is not ('c' or 'O'))
            {
                yield return $"{code} {Encoding.Latin1.GetString(written, at + 5, length - 1).TrimEnd('\0').Replace('\0', ' ')}";
            }

            at += 4 + length;
        }
    }
}
