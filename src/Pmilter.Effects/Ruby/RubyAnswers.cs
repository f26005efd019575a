using System.Buffers.Binary;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// The frames that a worker sends, read by a thread of their own: an asynchronous read of a pipe would hold a thread of the pool all the
/// time that the worker is silent. Whoever waits goes on in that thread.
/// </summary>
internal sealed class RubyAnswers
{
    private const int HeaderBytes = 4;
    private const int MostUnread = 4;

    private readonly Stream _from;
    private readonly Lock _gate = new();
    private readonly Queue<IReadOnlyList<ScriptValue>> _read = new();
    private TaskCompletionSource<IReadOnlyList<ScriptValue>>? _waiter;
    private Exception? _end;
    private byte[] _buffer = new byte[8192];
    private int _have;

    public RubyAnswers(Stream from)
    {
        _from = from;
        new Thread(Run) { IsBackground = true, Name = "Ruby answers" }.Start();
    }

    /// <summary>One waits at a time.</summary>
    /// <exception cref="RubyProtocolException">What came makes no sense, or nothing comes any more.</exception>
    public Task<IReadOnlyList<ScriptValue>> NextAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_read.TryDequeue(out var answer))
            {
                return Task.FromResult(answer);
            }

            if (_end is { } end)
            {
                return Task.FromException<IReadOnlyList<ScriptValue>>(end);
            }

            _waiter = new TaskCompletionSource<IReadOnlyList<ScriptValue>>();
            return _waiter.Task.WaitAsync(cancellationToken);
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                Give(ReadFrame());
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException or InvalidOperationException)
        {
            TaskCompletionSource<IReadOnlyList<ScriptValue>>? waiter;
            lock (_gate)
            {
                _end = end as RubyProtocolException ?? new RubyProtocolException("it has ended");
                waiter = _waiter;
                _waiter = null;
            }

            waiter?.TrySetException(_end);
        }
    }

    private void Give(IReadOnlyList<ScriptValue> answer)
    {
        TaskCompletionSource<IReadOnlyList<ScriptValue>>? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            if (waiter is null)
            {
                // It answers what nobody asked.
                _read.Enqueue(_read.Count < MostUnread ? answer : throw new RubyProtocolException("it goes on talking"));
            }
        }

        waiter?.TrySetResult(answer);
    }

    private IReadOnlyList<ScriptValue> ReadFrame()
    {
        // Most answers come whole in one read.
        Fill(HeaderBytes);
        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer);
        if (length is < 0 or > RubyFrame.MaxBytes)
        {
            throw new RubyProtocolException($"a frame of {(uint)length} bytes");
        }

        Fill(HeaderBytes + length);
        var values = RubyFrame.Read(_buffer.AsSpan(HeaderBytes, length));
        _have -= HeaderBytes + length;
        _buffer.AsSpan(HeaderBytes + length, _have).CopyTo(_buffer);
        return values;
    }

    private void Fill(int bytes)
    {
        if (bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, bytes);
        }

        while (_have < bytes)
        {
            var read = _from.Read(_buffer, _have, _buffer.Length - _have);
            _have += read > 0 ? read : throw new RubyProtocolException("it has ended");
        }
    }
}
