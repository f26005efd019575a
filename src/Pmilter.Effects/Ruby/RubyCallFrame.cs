using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pmilter.Policies.Scripts;
using Pmilter.Protocol.Wire;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// The frame of a call, which is most of what goes to a worker: numbers first, so that Ruby takes it apart with two calls and decodes of the
/// facts only what the script reads. The same in worker.rb. One a worker, reused.
/// </summary>
internal sealed class RubyCallFrame
{
    private const int HeadBytes = 21;
    private const int MostBytesOfAFact = 0xFF_FFFF;

    private byte[] _bytes = new byte[1024];
    private int _length;
    private int _next;

    /// <param name="facts">How many follow, the phase among them.</param>
    public void Begin(int script, long session, int facts)
    {
        _next = HeadBytes;
        _length = HeadBytes + (4 * facts);
        Grow(0);
        var head = _bytes.AsSpan(4);
        head[0] = (byte)'C';
        BinaryPrimitives.WriteInt32BigEndian(head[1..], script);
        BinaryPrimitives.WriteInt64BigEndian(head[5..], session);
        BinaryPrimitives.WriteInt32BigEndian(head[13..], facts);
    }

    public void Add(in ScriptValue value)
    {
        switch (value)
        {
            case { Text: { } text }:
                Add(text);
                break;
            case { Number: { } number }:
                Grow(32);
                number.TryFormat(_bytes.AsSpan(_length), out var written, "R", CultureInfo.InvariantCulture);
                Added('d', written);
                break;
            case { Truth: { } truth }:
                Added(truth ? 't' : 'f', 0);
                break;
            case { Bytes: { } bytes }:
                Copy('b', bytes.Span);
                break;
            case { IsNil: true }:
                Added('n', 0);
                break;
            default:
                throw new InvalidOperationException("a list is no fact that is sent with a call");
        }
    }

    public void Add(string text)
    {
        Grow(text.Length);
        if (Ascii.FromUtf16(text, _bytes.AsSpan(_length), out var written) == OperationStatus.Done)
        {
            Added('s', written);
            return;
        }

        Copy('s', MailText.Encode(text));
    }

    /// <summary>With the length before it; valid until the next begins.</summary>
    public ReadOnlyMemory<byte> End()
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes, _length - 4);
        return _bytes.AsMemory(0, _length);
    }

    private void Copy(char kind, ReadOnlySpan<byte> bytes)
    {
        Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        Added(kind, bytes.Length);
    }

    private void Added(char kind, int bytes)
    {
        if (bytes > MostBytesOfAFact)
        {
            throw new RubyProtocolException($"a fact of {bytes} bytes");
        }

        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_next), (kind << 24) | bytes);
        _next += 4;
        _length += bytes;
    }

    private void Grow(int more)
    {
        if (_length + more > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
        }
    }
}
