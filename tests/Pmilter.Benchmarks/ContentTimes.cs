using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Benchmarks;

/// <summary>
/// What a message of 10 MB costs that is looked into, beside one that is only received: the same bytes come through a socket in chunks of
/// an MTA's size, from a thread that does nothing else. Five rounds, the quickest of each.
/// </summary>
internal static class ContentTimes
{
    private const int ChunkBytes = 65535;
    private const int Megabytes = 10;

    private static readonly MacroTable Macros = MacroTable.Of(new Dictionary<string, string>());

    private static readonly (string Name, ContentNeeds Needs, string? Signature)[] Cases =
    [
        ("received only", ContentNeeds.None, null),
        ("parts, names, archives", ContentNeeds.Parts, null),
        ("and texts", ContentNeeds.Parts | ContentNeeds.Text, null),
        ("hashed for DKIM, simple", ContentNeeds.None, "simple/simple"),
        ("hashed for DKIM, relaxed", ContentNeeds.None, "relaxed/relaxed"),
    ];

    public static async Task PrintAsync(TextWriter output)
    {
        output.WriteLine($"a message of {Megabytes} MB with six attachments and a text, through a socket");
        var message = Message();
        var best = new double[Cases.Length];
        var bytes = new long[Cases.Length];
        Array.Fill(best, double.MaxValue);
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < Cases.Length; i++)
            {
                var (took, allocated) = await ReceiveAsync(message, Cases[i].Needs, Cases[i].Signature).ConfigureAwait(false);
                if (round > 0)
                {
                    best[i] = Math.Min(best[i], took.TotalMilliseconds);
                    bytes[i] = allocated;
                }
            }
        }

        foreach (var (name, i) in Cases.Select((one, i) => (one.Name, i)))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {best[i] / Megabytes:f2} ms/MB   {best[i] / best[0]:f1} times   {bytes[i] / 1024.0 / Megabytes:f1} kB allocated a MB"));
        }
    }

    private static async Task<(TimeSpan Took, long Allocated)> ReceiveAsync(byte[] message, ContentNeeds needs, string? signature)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepting = listener.AcceptAsync();
        await sender.ConnectAsync(listener.LocalEndPoint!).ConfigureAwait(false);
        using var receiver = await accepting.ConfigureAwait(false);
        var sending = Task.Run(() => sender.Send(message));
        var transaction = new Transaction(new Nowhere(), "benchmark") { ContentNeeds = needs, ChecksAuthentication = signature is not null };
        transaction.Apply(new ConnectCommand("mx"u8.ToArray(), ClientFamily.Inet, 25, "203.0.113.9"u8.ToArray()), Macros);
        transaction.Apply(new MailCommand("<a@example.com>"u8.ToArray(), default), Macros);
        transaction.Apply(new HeaderCommand("DKIM-Signature"u8.ToArray(), Encoding.ASCII.GetBytes($"v=1; a=rsa-sha256; c={signature}; d=example.com; s=a; h=From; bh=AAAA; b=AAAA")), Macros);
        transaction.Apply(new HeaderCommand("Content-Type"u8.ToArray(), "multipart/mixed; boundary=b"u8.ToArray()), Macros);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var began = TimeProvider.System.GetTimestamp();
        var buffer = new byte[ChunkBytes];
        for (var rest = message.Length; rest > 0;)
        {
            var want = Math.Min(rest, ChunkBytes);
            for (var have = 0; have < want;)
            {
                have += receiver.Receive(buffer, have, want - have, SocketFlags.None);
            }

            transaction.Apply(new BodyCommand(buffer.AsMemory(0, want)), Macros);
            rest -= want;
        }

        transaction.ApplyEndOfMessage(Macros);
        var took = TimeProvider.System.GetElapsedTime(began);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        await sending.ConfigureAwait(false);
        return transaction.Message.Content.Parts.Count == (needs == ContentNeeds.None ? 0 : 8) ? (took, allocated) : throw new InvalidOperationException("The message was not read.");
    }

    private static byte[] Message()
    {
        var random = new Random(1);
        var file = new byte[Megabytes * 1024 * 1024 / 8];
        var text = new StringBuilder("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n").Insert(0, "\r\n");
        text.Append(string.Concat(Enumerable.Repeat("A line of some text as people write it, with an invoice in it.\r\n", 2000)));
        text.Append("--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n").Append(string.Concat(Enumerable.Repeat("<p>A line of <b>some</b> text =C3=A4s people write it.</p>\r\n", 2000)));
        for (var i = 0; i < 6; i++)
        {
            random.NextBytes(file);
            text.Append(CultureInfo.InvariantCulture, $"--b\r\nContent-Type: application/{(i == 0 ? "zip" : "pdf")}\r\nContent-Disposition: attachment; filename=file{i}\r\nContent-Transfer-Encoding: base64\r\n\r\n");
            text.Append(Convert.ToBase64String(file, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("--b--\r\n").ToString());
    }

    private sealed class Nowhere : IGeoSource
    {
        public GeoPlace Find(System.Net.IPAddress address) => GeoPlace.Unknown;
    }
}
