using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Wire;

/// <summary>
/// Cuts the byte stream into frames. It waits with a small buffer, which commands and most headers fit in; a slab is held only while there are bytes in it.
/// A frame that is larger than a slab gets a buffer that doubles as its bytes really come, up to the limit.
/// </summary>
internal sealed class FrameReader(ITransport transport, int maxFrameBytes = Frame.MaxFrameBytes)
{
    private const int LengthBytes = 4;
    private const int SmallBytes = 4096;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>Whether bytes of an unfinished frame are waiting.</summary>
    public bool HasPartialFrame => _end > _start;

    /// <summary>Takes the next whole frame out of the buffer; false when more bytes are needed.</summary>
    /// <exception cref="ProtocolException">The length is 0 or beyond the limit.</exception>
    public bool TryRead(out Frame frame)
    {
        frame = default;
        var available = _end - _start;
        if (available < LengthBytes)
        {
            return false;
        }

        var length = CheckedLength();
        if (available < LengthBytes + length)
        {
            return false;
        }

        frame = new Frame(_buffer[_start + LengthBytes], _buffer.AsMemory(_start + Frame.HeaderBytes, length - 1));
        _start += LengthBytes + length;
        return true;
    }

    /// <summary>Reads more bytes; invalidates all frames. False at the end of the stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (!HasPartialFrame && _buffer.Length != SmallBytes)
        {
            Release();
            _buffer = ArrayPool<byte>.Shared.Rent(SmallBytes);
        }

        MakeRoom();
        var read = await transport.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Release()
    {
        Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    /// <summary>Leaves the present buffer to whoever still reads a frame in it, and goes on with a copy of what was not read.</summary>
    public void Detach()
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        var buffer = rest.Length <= SlabPool.SlabBytes ? SlabPool.Shared.Rent() : new byte[_buffer.Length];
        rest.CopyTo(buffer);
        _end = rest.Length;
        _start = 0;
        _buffer = buffer;
    }

    private int CheckedLength()
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (length == 0)
        {
            throw new ProtocolException("A packet of length 0; expected at least the command byte.");
        }

        return length <= (uint)maxFrameBytes
            ? (int)length
            : throw new ProtocolException($"A packet of {length} bytes; expected at most {maxFrameBytes}.");
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        var larger = _buffer.Length < SlabPool.SlabBytes
            ? SlabPool.Shared.Rent()
            : GC.AllocateUninitializedArray<byte>(Math.Min(_buffer.Length * 2, LengthBytes + maxFrameBytes));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length == SmallBytes)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }

        SlabPool.Shared.Return(buffer);
    }
}
