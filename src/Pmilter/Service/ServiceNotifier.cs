using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Pmilter.Service;

/// <summary>
/// sd_notify(3): tells the service manager how it goes, as datagrams to the socket that NOTIFY_SOCKET names; nothing at all without one.
/// A manager that does not listen never holds up mail: what cannot be sent is let go.
/// </summary>
internal sealed class ServiceNotifier : IDisposable
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>The manager may be busy for a moment; longer than that nobody waits for it.</summary>
    private const int SendPatienceMilliseconds = 200;

    private readonly Socket? _socket;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private bool _isReady;
    private bool _isStopping;
    private bool _isHanded;

    private ServiceNotifier(Socket? socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
    }

    public static ServiceNotifier None { get; } = new(null, TimeProvider.System);

    /// <summary>What a process that takes over needs to speak for the service: to be asked for before they are taken out of the environment.</summary>
    public static IReadOnlyDictionary<string, string> Variables() => new[] { Variable, "WATCHDOG_USEC" }
        .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
        .Where(variable => variable.Value is not null)
        .ToDictionary(variable => variable.Name, variable => variable.Value ?? string.Empty, StringComparer.Ordinal);

    /// <summary>Takes the variable out of the environment, so that programs started from here do not speak for this one.</summary>
    public static ServiceNotifier FromEnvironment(TimeProvider time)
    {
        var address = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
        return string.IsNullOrEmpty(address) ? None : Connect(address, time);
    }

    /// <param name="address">A path, or a name in the abstract namespace with <c>@</c> for its NUL.</param>
    public static ServiceNotifier Connect(string address, TimeProvider time)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = SendPatienceMilliseconds };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
            return new ServiceNotifier(socket, time);
        }
        catch (SocketException)
        {
            // As sd_notify: a manager that is not there is no reason not to serve.
            socket.Dispose();
            return None;
        }
    }

    /// <summary>Connections are accepted from now on.</summary>
    public void Ready(string status)
    {
        lock (_gate)
        {
            _isReady = true;
            Send($"READY=1\nSTATUS={status}");
        }
    }

    /// <summary>Runs a reload between RELOADING=1 and READY=1; it returns the new status. Before the start is over and after the stop has begun it only runs.</summary>
    public void Reload(Func<string> reload)
    {
        // CLOCK_MONOTONIC, which systemd compares with its own (Type=notify-reload); .NET's timestamps are of that clock.
        var microseconds = (long)(_time.GetTimestamp() / (double)_time.TimestampFrequency * 1_000_000);
        Report(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={microseconds}\nSTATUS=Reloading policies"));
        var status = reload();
        Report($"READY=1\nSTATUS={status}");
    }

    /// <summary>No connection is accepted any more; the manager may wait <paramref name="patience"/> for the end, whatever its own TimeoutStopSec says.</summary>
    public void Stopping(string status, TimeSpan patience)
    {
        lock (_gate)
        {
            _isStopping = true;
            Send(string.Create(CultureInfo.InvariantCulture, $"STOPPING=1\nSTATUS={status}\nEXTEND_TIMEOUT_USEC={(long)patience.TotalMicroseconds}"));
        }
    }

    /// <summary>
    /// Another process is the service's main one from now on; this one says nothing more. It must run in the service's control group, which one
    /// that was started from here does.
    /// </summary>
    public void HandTo(int process)
    {
        lock (_gate)
        {
            Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={process}"));
            _isHanded = true;
        }
    }

    /// <summary>It is not: this one is again.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            if (_isHanded)
            {
                _isHanded = false;
                Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={Environment.ProcessId}"));
            }
        }
    }

    /// <summary>For the watchdog.</summary>
    public void Alive() => Send("WATCHDOG=1");

    public void Dispose() => _socket?.Dispose();

    private void Report(string state)
    {
        lock (_gate)
        {
            if (_isReady && !_isStopping)
            {
                Send(state);
            }
        }
    }

    private void Send(string state)
    {
        if (_isHanded)
        {
            return;
        }

        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // It has gone, or is too busy to listen; the next state says it all again.
        }
    }
}
