namespace Pmilter.Policies.Mail.Content;

/// <summary>
/// A stream that is given chunk by chunk: a read that finds nothing ends when the next chunk comes, and whoever gave that chunk runs what
/// waited. So a parser that reads goes on within the call that feeds it; no thread waits for a message.
/// </summary>
internal sealed class ChunkStream : Stream
{
    private ReadOnlyMemory<byte> _chunk;
    private Memory<byte> _target;
    private TaskCompletionSource<int>? _waiting;
    private Task<int> _last = Task.FromResult(0);

    /// <summary>Reads find the end.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Somebody has read everything and waits for more.</summary>
    public bool IsWaiting => _waiting is not null;

    /// <summary>Bytes that were read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads end here, and <see cref="Exceeded"/> is told.</summary>
    public long MostRead { get; set; } = long.MaxValue;

    public Action? Exceeded { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    /// <summary>The chunk's bytes are read before this returns, if somebody reads at all.</summary>
    public void Give(ReadOnlyMemory<byte> chunk)
    {
        if (IsEnded || chunk.IsEmpty)
        {
            return;
        }

        _chunk = chunk;
        Wake();
    }

    /// <summary>What was not read yet is not read any more.</summary>
    public void End()
    {
        IsEnded = true;
        _chunk = default;
        Wake();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Chunks come when they come: read asynchronously.");

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        _target = buffer.AsMemory(offset, count);
        if (_chunk.IsEmpty && !IsEnded)
        {
            _waiting = new TaskCompletionSource<int>();
            return _waiting.Task;
        }

        var read = Take();

        // Most reads fill the parser's buffer: the same task serves them all.
        return read == _last.Result ? _last : _last = Task.FromResult(read);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _target = buffer;
        if (_chunk.IsEmpty && !IsEnded)
        {
            _waiting = new TaskCompletionSource<int>();
            return new ValueTask<int>(_waiting.Task);
        }

        return new ValueTask<int>(Take());
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Wake()
    {
        if (_waiting is { } waiting)
        {
            _waiting = null;
            waiting.SetResult(Take());
        }
    }

    private int Take()
    {
        if (BytesRead >= MostRead && !IsEnded)
        {
            IsEnded = true;
            _chunk = default;
            Exceeded?.Invoke();
        }

        var count = Math.Min(_chunk.Length, _target.Length);
        _chunk[..count].CopyTo(_target);
        _chunk = _chunk[count..];
        BytesRead += count;
        return count;
    }
}
