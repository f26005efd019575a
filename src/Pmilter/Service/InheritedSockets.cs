using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pmilter.Server;
using Pmilter.TakeOver;

namespace Pmilter.Service;

/// <summary>
/// Socket activation, sd_listen_fds(3): sockets that the service manager has opened before this process began, so that no connection is
/// refused while it starts, and so that it needs no rights to open them. Those of a process that is taken over from are the same.
/// </summary>
internal sealed partial class InheritedSockets : IDisposable
{
    private const int First = 3;
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    private const int DuplicateCloseOnExec = 0x80000; // O_CLOEXEC

    private readonly List<InheritedSocket> _untaken;
    private bool _isOfPredecessor;

    private InheritedSockets(List<InheritedSocket> sockets) => _untaken = sockets;

    public static InheritedSockets None => new([]);

    /// <summary>Takes LISTEN_FDS and its companions out of the environment: programs started from here must not take the sockets for theirs.</summary>
    /// <exception cref="ServerStartException">What was passed is no listening socket.</exception>
    public static InheritedSockets FromEnvironment()
    {
        var (process, count, names) = (Take("LISTEN_PID"), Take("LISTEN_FDS"), Take("LISTEN_FDNAMES"));
        if (process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var sockets))
        {
            return None;
        }

        var named = names.Split(':');
        return new InheritedSockets([.. Enumerable.Range(0, sockets).Select(i => new InheritedSocket(i < named.Length ? named[i] : string.Empty, Adopt(First + i), IsManaged: true))]);
    }

    /// <summary>Those of the process that is taken over from, in the order in which they came.</summary>
    /// <param name="descriptors">Owned.</param>
    public static InheritedSockets FromPredecessor(IReadOnlyList<OfferedSocket> offered, IReadOnlyList<int> descriptors) =>
        new([.. offered.Zip(descriptors, (one, descriptor) => new InheritedSocket(one.Name, Adopt(descriptor), one.IsManaged))]) { _isOfPredecessor = true };

    /// <summary>The one that listens there; null when none was passed.</summary>
    public InheritedSocket? At(EndPoint place) => _untaken.FindIndex(one => one.Socket.LocalEndPoint?.Equals(place) == true) is >= 0 and var found ? TakeAt(found) : null;

    /// <summary>All that systemd calls so: FileDescriptorName= of the socket unit, else the unit's own name.</summary>
    /// <exception cref="ServerStartException">There is none.</exception>
    public IReadOnlyList<InheritedSocket> Named(string name)
    {
        InheritedSocket[] found = [.. _untaken.Where(one => one.Name == name)];
        if (found.Length == 0)
        {
            throw new ServerStartException($"Cannot listen on systemd:{name}: {(_untaken.Count == 0 ? "systemd passed no sockets; start the socket unit (systemctl start pmilter.socket), or write an address." : $"systemd passed {Described()}; write one of these names.")}");
        }

        _untaken.RemoveAll(one => one.Name == name);
        return found;
    }

    /// <summary>Connections to a socket that nobody serves would hang until the MTA gives up.</summary>
    /// <exception cref="ServerStartException">One is left.</exception>
    public void CheckAllTaken()
    {
        // What the process before listened on and this one does not is closed when it has begun.
        if (_untaken.Count > 0 && !_isOfPredecessor)
        {
            throw new ServerStartException($"systemd listens for this server on {Described()}, which server.listen does not name; add it there, or remove it from the socket unit.");
        }
    }

    /// <summary>Closes what nobody took, with the files of Unix sockets; to be called when the process before is no longer the server.</summary>
    /// <returns>Their addresses.</returns>
    public IReadOnlyList<string> CloseUntaken()
    {
        string[] closed = [.. _untaken.Select(one => ListenerPlace.Describe(one.Socket.LocalEndPoint!))];
        foreach (var (name, socket, isManaged) in _untaken)
        {
            var place = new ListenerPlace(name, socket.LocalEndPoint!) { IsInherited = isManaged };
            ListenerSocket.Close(place, socket);
        }

        _untaken.Clear();
        return closed;
    }

    public void Dispose()
    {
        _untaken.ForEach(one => one.Socket.Dispose());
        _untaken.Clear();
    }

    private static string Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable) ?? string.Empty;
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }

    private static Socket Adopt(int descriptor)
    {
        // Ruby workers must not keep the MTA's socket open.
        _ = ControlDescriptor(descriptor, SetDescriptorFlags, CloseOnExec);
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        try
        {
            if (socket.SocketType == SocketType.Stream && (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0)
            {
                return socket.AddressFamily == AddressFamily.Unix ? Roomy(socket) : socket;
            }
        }
        catch (SocketException)
        {
            // It is no socket at all.
        }

        socket.Dispose();
        throw new ServerStartException($"systemd passed the descriptor {descriptor}, which does not listen for connections; the socket unit needs ListenStream= and Accept=no.");
    }

    /// <summary>The same socket under an object that has room for every peer's address (<see cref="UnixListenerEndPoint"/>).</summary>
    private static Socket Roomy(Socket passed)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixListenerEndPoint($"\0pmilter-inherited-{Guid.NewGuid():N}"));
        socket.Listen();
        var result = Duplicate(passed.SafeHandle, socket.SafeHandle, DuplicateCloseOnExec);
        passed.Dispose();
        return result >= 0 ? socket : throw new ServerStartException($"Cannot take a socket of systemd's: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private InheritedSocket TakeAt(int index)
    {
        var socket = _untaken[index];
        _untaken.RemoveAt(index);
        return socket;
    }

    private string Described() => string.Join(", ", _untaken.Select(one => $"{ListenerPlace.Describe(one.Socket.LocalEndPoint!)}{(one.Name.Length > 0 ? $" (systemd:{one.Name})" : string.Empty)}"));

    [LibraryImport("libc", EntryPoint = "dup3", SetLastError = true)]
    private static partial int Duplicate(SafeHandle from, SafeHandle to, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlDescriptor(int descriptor, int command, int argument);
}

/// <param name="Name">What systemd calls it; empty where it has not opened it.</param>
/// <param name="IsManaged">systemd has opened it.</param>
internal sealed record InheritedSocket(string Name, Socket Socket, bool IsManaged);
