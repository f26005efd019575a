using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pmilter.Protocol.Transports;

namespace Pmilter.Benchmarks;

/// <summary>An MTA's side of a connection, in memory: what Postfix sends up to each point where it waits, without waiting.</summary>
internal sealed class Conversation : ITransport
{
    private readonly List<byte[]> _pieces = [];
    private readonly MemoryStream _piece = new();
    private int _next;
    private int _taken;

    /// <param name="messages">Messages on this connection.</param>
    /// <param name="first">The number of the first one: clients, senders and logins depend on it.</param>
    public Conversation(int messages, int first)
    {
        Frame('O', [0, 0, 0, 6, 0, 0, 1, 0xFF, 0, 0x1F, 0xFF, 0xFF]);
        Wait();
        var isLogin = first % 2 == 0;
        Frame('D', "Cj\0mx.example\0{daemon_name}\0mx.example\0v\0Load\0");
        Frame('C', [.. "[client]\0"u8, (byte)'4', 0x10, 0x00, .. Encoding.ASCII.GetBytes($"77.88.{first / 250 % 60}.{first % 250}\0")]);
        Frame('D', "H");
        Frame('H', "client.example\0");
        for (var n = first; n < first + messages; n++)
        {
            Message(n, isLogin);
        }

        Frame('Q', []);
        Wait();
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_next == _pieces.Count)
        {
            return new ValueTask<int>(0);
        }

        var piece = _pieces[_next].AsSpan(_taken);
        var length = Math.Min(buffer.Length, piece.Length);
        piece[..length].CopyTo(buffer.Span);
        _taken += length;
        if (length == piece.Length)
        {
            _next++;
            _taken = 0;
        }

        return new ValueTask<int>(length);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;

    /// <summary>To be read again from the start.</summary>
    public void Rewind() => _next = _taken = 0;

    private void Message(int n, bool isLogin)
    {
        var sender = $"u{n % 50_000}@sender.example";
        Frame('D', isLogin ? $"M{{auth_authen}}\0login{n % 5000}\0{{auth_type}}\0PLAIN\0{{mail_addr}}\0{sender}\0" : $"M{{mail_addr}}\0{sender}\0");
        Frame('M', $"<{sender}>\0SIZE=4096\0");
        Wait();
        Frame('D', "R{rcpt_addr}\0r0@recipient.example\0");
        Frame('R', "<r0@recipient.example>\0");
        Wait();
        Frame('D', $"Ti\0{n:X10}\0");
        Frame('T', []);
        Frame('L', $"From\0 A Sender <{sender}>\0");
        Frame('L', "To\0 r0@recipient.example\0");
        Frame('L', "Subject\0 hello\0");
        for (var filler = 0; filler < 7; filler++)
        {
            Frame('L', string.Create(CultureInfo.InvariantCulture, $"X-Filler-{filler}\0 the quick brown fox jumps over the lazy dog\0"));
        }

        Frame('N', []);
        Wait();
        Frame('E', []);
        Wait();
    }

    private void Frame(char code, string data) => Frame(code, Encoding.UTF8.GetBytes(data));

    private void Frame(char code, byte[] data)
    {
        Span<byte> head = stackalloc byte[5];
        BinaryPrimitives.WriteInt32BigEndian(head, data.Length + 1);
        head[4] = (byte)code;
        _piece.Write(head);
        _piece.Write(data);
    }

    private void Wait()
    {
        _pieces.Add(_piece.ToArray());
        _piece.SetLength(0);
    }
}
