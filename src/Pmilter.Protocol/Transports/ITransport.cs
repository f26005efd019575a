namespace Pmilter.Protocol.Transports;

/// <summary>A stream of bytes to the other side. One reader and one writer at a time.</summary>
/// <remarks>A connection that breaks shows as <see cref="IOException"/>; its regular end as a read of 0 bytes.</remarks>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Reads at least one byte; 0 at the end.</summary>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all bytes. The memory may be used again when the task has completed.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
