using Pmilter.Protocol.Transports;

namespace Pmilter.Fuzz.Inputs;

/// <summary>Bytes that come in pieces, each at once; what is written is kept.</summary>
/// <param name="pieceOf">Given the bytes that are left, how many come now: 1 to all.</param>
internal sealed class PieceTransport(byte[] input, Func<int, int> pieceOf) : ITransport
{
    private readonly MemoryStream _written = new();
    private int _at;

    public ReadOnlyMemory<byte> Written => _written.GetBuffer().AsMemory(0, (int)_written.Length);

    public bool IsDisposed { get; private set; }

    public static PieceTransport Whole(byte[] input) => new(input, left => left);

    public static PieceTransport ByteByByte(byte[] input) => new(input, _ => 1);

    public static PieceTransport SplitAt(byte[] input, int at) => new(input, left => left > input.Length - at ? left - (input.Length - at) : left);

    public static PieceTransport Random(byte[] input, Dice dice) => new(input, left => dice.Between(1, Math.Min(left, dice.OneIn(4) ? 5000 : 9)));

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var left = input.Length - _at;
        var read = left == 0 ? 0 : Math.Min(buffer.Length, pieceOf(left));
        input.AsSpan(_at, read).CopyTo(buffer.Span);
        _at += read;
        return new ValueTask<int>(read);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _written.Write(bytes.Span);
        return default;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
