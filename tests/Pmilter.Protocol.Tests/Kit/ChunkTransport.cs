using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Input that arrives in given pieces and then ends; collects what is written.</summary>
internal sealed class ChunkTransport(IEnumerable<ReadOnlyMemory<byte>> pieces) : ITransport
{
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new(pieces.Where(p => !p.IsEmpty));
    private readonly MemoryStream _written = new();

    public byte[] Written => _written.ToArray();

    public int Writes { get; private set; }

    public bool IsDisposed { get; private set; }

    public static ChunkTransport Whole(byte[] input) => new([input]);

    public static ChunkTransport ByteByByte(byte[] input) => new(Enumerable.Range(0, input.Length).Select(i => new ReadOnlyMemory<byte>(input, i, 1)));

    public static ChunkTransport SplitAt(byte[] input, int at) => new([input.AsMemory(0, at), input.AsMemory(at)]);

    public ValueTask WaitReadableAsync(CancellationToken cancellationToken) => default;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_pieces.TryDequeue(out var piece))
        {
            return new(0);
        }

        var read = Math.Min(piece.Length, buffer.Length);
        piece[..read].CopyTo(buffer);
        if (read < piece.Length)
        {
            var rest = _pieces.ToArray();
            _pieces.Clear();
            _pieces.Enqueue(piece[read..]);
            foreach (var other in rest)
            {
                _pieces.Enqueue(other);
            }
        }

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
