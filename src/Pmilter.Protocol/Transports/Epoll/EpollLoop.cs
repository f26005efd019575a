using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Pmilter.Protocol.Transports.Epoll;

/// <summary>
/// One thread that waits for many sockets and runs what waits for them. Linux only.
/// </summary>
/// <remarks>
/// The base library's sockets wait for "writable" as well, so that each answer that the MTA takes wakes a thread for nothing, and try to read before
/// there can be anything (docs/performance.md).
/// Nothing that runs here may block: it would hold up all sessions of the loop.
/// </remarks>
public sealed class EpollLoop : IDisposable
{
    private const int EventsAtOnce = 128;

    private readonly int _epoll;
    private readonly int _waker;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<IEpollClient> _again = new();
    private readonly Lock _growth = new();
    private IEpollClient?[] _clients = new IEpollClient?[256];
    private volatile bool _isStopping;

    /// <exception cref="IOException">No descriptors are left.</exception>
    public EpollLoop(string name)
    {
        _epoll = EpollCalls.Create();
        _waker = EpollCalls.CreateWaker();
        if (_epoll < 0 || _waker < 0 || !EpollCalls.Control(_epoll, EpollCalls.Add, _waker, EpollCalls.Readable | EpollCalls.EdgeTriggered))
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            CloseDescriptors();
            throw new IOException($"No epoll can be made: {reason}.");
        }

        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.UnsafeStart();
    }

    /// <summary>Whether this system has epoll.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Whether the thread takes a turn within so long; else something that runs in it blocks.</summary>
    public async Task<bool> AnswersAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var turn = new Turn();
        Later(turn);
        try
        {
            await turn.Taken.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends the thread after what it is at. Sockets that are still waited for hear nothing more.</summary>
    public void Dispose()
    {
        _isStopping = true;
        EpollCalls.Wake(_waker);
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        CloseDescriptors();
    }

    /// <summary>Waits for a descriptor from now on.</summary>
    /// <exception cref="IOException">It cannot be waited for.</exception>
    internal void Add(int descriptor, IEpollClient client, uint events)
    {
        lock (_growth)
        {
            if (descriptor >= _clients.Length)
            {
                var larger = new IEpollClient?[Math.Max(descriptor + 1, _clients.Length * 2)];
                _clients.CopyTo(larger, 0);
                Volatile.Write(ref _clients, larger);
            }

            Volatile.Write(ref _clients[descriptor], client);
        }

        Control(EpollCalls.Add, descriptor, events);
    }

    /// <summary>Waits for other events of a descriptor; those that are there already are told again.</summary>
    /// <exception cref="IOException">It cannot be waited for.</exception>
    internal void Change(int descriptor, uint events) => Control(EpollCalls.Modify, descriptor, events);

    /// <summary>The same, where the descriptor may have been closed meanwhile: then there is nothing to wait for.</summary>
    internal void ChangeIfOpen(int descriptor, uint events) => EpollCalls.Control(_epoll, EpollCalls.Modify, descriptor, events);

    /// <summary>Forgets a descriptor that is about to be closed, which ends the kernel's part of it.</summary>
    internal void Forget(int descriptor, IEpollClient client)
    {
        lock (_growth)
        {
            if (_clients[descriptor] == client)
            {
                _clients[descriptor] = null;
            }
        }
    }

    /// <summary>Waits for a descriptor no longer that stays open, here or in another process.</summary>
    internal void Remove(int descriptor, IEpollClient client)
    {
        EpollCalls.Control(_epoll, EpollCalls.Remove, descriptor, 0);
        Forget(descriptor, client);
    }

    /// <summary>Calls the client when the others have had their turn.</summary>
    internal void Later(IEpollClient client)
    {
        _again.Enqueue(client);
        if (Thread.CurrentThread != _thread)
        {
            EpollCalls.Wake(_waker);
        }
    }

    private void Control(int operation, int descriptor, uint events)
    {
        if (!EpollCalls.Control(_epoll, operation, descriptor, events))
        {
            throw new IOException($"The socket cannot be waited for: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    private void Run()
    {
        Span<byte> events = stackalloc byte[EventsAtOnce * 16];
        while (!_isStopping)
        {
            var count = EpollCalls.Wait(_epoll, events[..(EventsAtOnce * EpollCalls.EventBytes)], _again.IsEmpty ? -1 : 0);
            for (var i = 0; i < count; i++)
            {
                var entry = events[(i * EpollCalls.EventBytes)..];
                var clients = Volatile.Read(ref _clients);
                var descriptor = MemoryMarshal.Read<int>(entry[EpollCalls.EventDataOffset..]);
                if (descriptor < clients.Length)
                {
                    Volatile.Read(ref clients[descriptor])?.Ready(MemoryMarshal.Read<uint>(entry));
                }
            }

            // Only those that were there: each of them may come back.
            for (var turns = _again.Count; turns > 0 && _again.TryDequeue(out var client); turns--)
            {
                client.Again();
            }
        }
    }

    private void CloseDescriptors()
    {
        if (_epoll >= 0)
        {
            EpollCalls.Close(_epoll);
        }

        if (_waker >= 0)
        {
            EpollCalls.Close(_waker);
        }
    }

    private sealed class Turn : IEpollClient
    {
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Taken => _taken.Task;

        public void Ready(uint events)
        {
            // It has no descriptor.
        }

        public void Again() => _taken.TrySetResult();
    }
}
