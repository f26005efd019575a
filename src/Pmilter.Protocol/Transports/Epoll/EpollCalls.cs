using System.Runtime.InteropServices;

namespace Pmilter.Protocol.Transports.Epoll;

/// <summary>The system calls of epoll(7), and what they need.</summary>
internal static unsafe partial class EpollCalls
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Error = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    public const int Add = 1;
    public const int Remove = 2;
    public const int Modify = 3;

    public const int WouldBlock = 11;
    public const int Interrupted = 4;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Bytes of a struct epoll_event: the kernel packs it on x86-64 only.</summary>
    public static int EventBytes { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where its data are.</summary>
    public static int EventDataOffset { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    public static int Create() => epoll_create1(CloseOnExec);

    public static int CreateWaker() => eventfd(0, CloseOnExec | NonBlocking);

    /// <summary>Changes what is waited for; false with the error in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    public static bool Control(int epoll, int operation, int descriptor, uint events)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = events;
        *(ulong*)(entry + EventDataOffset) = (uint)descriptor;
        return epoll_ctl(epoll, operation, descriptor, entry) == 0;
    }

    /// <summary>How many events came; negative for an error.</summary>
    public static int Wait(int epoll, Span<byte> events, int milliseconds)
    {
        fixed (byte* first = events)
        {
            return epoll_wait(epoll, first, events.Length / EventBytes, milliseconds);
        }
    }

    /// <summary>Bytes that were there, 0 at the end, negative for an error: <see cref="WouldBlock"/> when there is nothing.</summary>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)recv(descriptor, first, (nuint)buffer.Length, DontWait);
        }
    }

    /// <summary>Bytes that were taken, negative for an error: <see cref="WouldBlock"/> when the socket's buffer is full.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return (int)send(descriptor, first, (nuint)bytes.Length, DontWait | NoSignal);
        }
    }

    public static void Wake(int waker)
    {
        ulong one = 1;
        _ = write(waker, &one, sizeof(ulong));
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, ulong* value, nuint length);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
