using System.Threading.Channels;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Two ends of one connection in memory.</summary>
internal sealed class MemoryTransport : ITransport
{
    private readonly ChannelReader<byte[]> _input;
    private readonly ChannelWriter<byte[]> _output;
    private ReadOnlyMemory<byte> _rest;

    private MemoryTransport(ChannelReader<byte[]> input, ChannelWriter<byte[]> output)
    {
        _input = input;
        _output = output;
    }

    public static (MemoryTransport Mta, MemoryTransport Filter) CreatePair()
    {
        var toFilter = Channel.CreateUnbounded<byte[]>();
        var toMta = Channel.CreateUnbounded<byte[]>();
        return (new(toMta.Reader, toFilter.Writer), new(toFilter.Reader, toMta.Writer));
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_rest.IsEmpty)
        {
            if (!await _input.WaitToReadAsync(cancellationToken) || !_input.TryRead(out var piece))
            {
                return 0;
            }

            _rest = piece;
        }

        var read = Math.Min(buffer.Length, _rest.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return read;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _output.TryWrite(bytes.ToArray()) ? default : throw new IOException("The other side has closed.");

    public ValueTask DisposeAsync()
    {
        _output.TryComplete();
        return default;
    }
}
