using System.Buffers.Binary;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Wire;

/// <summary>Collects packets and sends them in one write.</summary>
internal sealed class FrameWriter(ITransport transport)
{
    private const int SmallBytes = 512;
    private const int LargeBytes = 64 * 1024;

    private byte[] _buffer = new byte[SmallBytes];
    private int _frame;

    /// <summary>Bytes that wait for <see cref="FlushAsync"/>.</summary>
    public int PendingBytes { get; private set; }

    /// <summary>A packet without data.</summary>
    public void Write(byte code)
    {
        Begin(code);
        End();
    }

    /// <summary>A packet of one piece.</summary>
    public void Write(byte code, ReadOnlySpan<byte> data)
    {
        Begin(code);
        Append(data);
        End();
    }

    public void Begin(byte code)
    {
        _frame = PendingBytes;
        PendingBytes += 4;
        Append(code);
    }

    public void Append(byte value)
    {
        Reserve(1);
        _buffer[PendingBytes++] = value;
    }

    public void Append(uint value)
    {
        Reserve(4);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(PendingBytes), value);
        PendingBytes += 4;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(PendingBytes));
        PendingBytes += bytes.Length;
    }

    /// <summary>Text as C wants it: the bytes and a NUL.</summary>
    public void AppendString(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        Append((byte)0);
    }

    public void End()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(_frame), (uint)(PendingBytes - _frame - 4));
    }

    /// <summary>Sends what is pending, if anything.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (PendingBytes == 0)
        {
            return default;
        }

        var bytes = _buffer.AsMemory(0, PendingBytes);
        PendingBytes = 0;
        var sent = transport.WriteAsync(bytes, cancellationToken);
        if (_buffer.Length > LargeBytes)
        {
            // A replaced body is rare; its buffer does not stay with the connection.
            _buffer = new byte[SmallBytes];
        }

        return sent;
    }

    private void Reserve(int bytes)
    {
        if (PendingBytes + bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, PendingBytes + bytes));
        }
    }
}
