using System.Buffers.Binary;
using System.Diagnostics;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;

namespace Pmilter.Load;

/// <summary>Times each answer: from the write to the first bytes that come back, under the last command written.</summary>
internal sealed class TimedTransport(ITransport inner, PhaseClock phases) : ITransport
{
    private CommandCode _command;
    private long _written;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (_command != CommandCode.None)
        {
            phases.Add(_command, Stopwatch.GetElapsedTime(_written).TotalMilliseconds);
            _command = CommandCode.None;
        }

        return read;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _command = LastOf(bytes.Span);
        _written = Stopwatch.GetTimestamp();
        return inner.WriteAsync(bytes, cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static CommandCode LastOf(ReadOnlySpan<byte> packets)
    {
        var last = CommandCode.None;
        while (packets.Length > sizeof(int))
        {
            last = (CommandCode)packets[sizeof(int)];
            packets = packets[(sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(packets))..];
        }

        return last;
    }
}
