using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Pmilter.TakeOver;

/// <summary>Open files from one process to another over a Unix socket: SCM_RIGHTS of unix(7), in a message of one byte.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class DescriptorPassing
{
    /// <summary>The kernel takes 253 (SCM_MAX_FD).</summary>
    public const int Most = 253;

    private const byte Mark = (byte)'D';
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC: Ruby workers must not keep them
    private const int Cut = 0x8; // MSG_CTRUNC

    private const int Interrupted = 4; // EINTR

    /// <summary>struct cmsghdr of 64-bit systems: length, level, type.</summary>
    private const int HeaderBytes = 16;

    /// <exception cref="IOException">They could not be sent.</exception>
    public static void Send(Socket to, IReadOnlyList<SafeSocketHandle> descriptors)
    {
        var control = new byte[HeaderBytes + Padded(descriptors.Count * sizeof(int))];
        MemoryMarshal.Write(control, (long)(HeaderBytes + (descriptors.Count * sizeof(int))));
        MemoryMarshal.Write(control.AsSpan(8), SocketLevel);
        MemoryMarshal.Write(control.AsSpan(12), Rights);
        var held = 0;
        try
        {
            for (; held < descriptors.Count; held++)
            {
                var isHeld = false;
                descriptors[held].DangerousAddRef(ref isHeld);
                MemoryMarshal.Write(control.AsSpan(HeaderBytes + (held * sizeof(int))), (int)descriptors[held].DangerousGetHandle());
            }

            Exchange(to, control, isSending: true);
        }
        finally
        {
            while (held-- > 0)
            {
                descriptors[held].DangerousRelease();
            }
        }
    }

    /// <summary>Owned by the caller from now on.</summary>
    /// <exception cref="IOException">Nothing came in time, or something else.</exception>
    public static int[] Receive(Socket from, TimeSpan patience)
    {
        if (!from.Poll(patience, SelectMode.SelectRead))
        {
            throw new IOException("the other process does not send its sockets");
        }

        var control = new byte[HeaderBytes + Padded(Most * sizeof(int))];
        if (Exchange(from, control, isSending: false) == 0)
        {
            return [];
        }

        var bytes = (int)MemoryMarshal.Read<long>(control) - HeaderBytes;
        return MemoryMarshal.Read<int>(control.AsSpan(8)) == SocketLevel && MemoryMarshal.Read<int>(control.AsSpan(12)) == Rights
            ? MemoryMarshal.Cast<byte, int>(control.AsSpan(HeaderBytes, bytes)).ToArray()
            : throw new IOException("what came from the other process is no open file");
    }

    private static int Padded(int bytes) => (bytes + 7) & ~7;

    /// <summary>The control bytes that came, or were sent.</summary>
    private static int Exchange(Socket socket, byte[] control, bool isSending)
    {
        var mark = Mark;
        fixed (byte* rights = control)
        {
            var vector = new IoVector { Base = &mark, Length = 1 };
            var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = rights, ControlLength = (nuint)control.Length };
            nint done;
            do
            {
                done = isSending ? SendMessage(socket.SafeHandle, &message, NoSignal) : ReceiveMessage(socket.SafeHandle, &message, CloseOnExec);
            }
            while (done < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            if (done <= 0 || mark != Mark || (message.Flags & Cut) != 0)
            {
                throw new IOException(done < 0 ? Marshal.GetLastPInvokeErrorMessage() : "the other process has closed the connection");
            }

            return (int)message.ControlLength;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
