using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Input that arrives in given pieces and then ends; collects what is written.</summary>
internal sealed class ChunkTransport(IEnumerable<ReadOnlyMemory<byte>> pieces) : ITransport
{
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new(pieces.Where(p => !p.IsEmpty));
    private readonly MemoryStream _written = new();
    private ReadOnlyMemory<byte> _rest;

    public byte[] Written => _written.ToArray();

    public int Writes { get; private set; }

    public bool IsDisposed { get; private set; }

    public static ChunkTransport Whole(byte[] input) => new([input]);

    public static ChunkTransport ByteByByte(byte[] input) => new(Enumerable.Range(0, input.Length).Select(i => new ReadOnlyMemory<byte>(input, i, 1)));

    public static ChunkTransport SplitAt(byte[] input, int at) => new([input.AsMemory(0, at), input.AsMemory(at)]);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_rest.IsEmpty && !_pieces.TryDequeue(out _rest))
        {
            return new(0);
        }

        var read = Math.Min(_rest.Length, buffer.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return new(read);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Writes++;
        _written.Write(bytes.Span);
        return default;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
