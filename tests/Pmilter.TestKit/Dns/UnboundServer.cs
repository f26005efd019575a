using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.TestKit.Dns;

/// <summary>A real unbound on a port of its own on 127.0.0.1, that knows only what it is given.</summary>
public sealed class UnboundServer : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/sbin/unbound", "/usr/local/sbin/unbound", "/opt/homebrew/sbin/unbound"];

    private readonly Process _process;
    private readonly string _folder;
    private Task _rest = Task.CompletedTask;

    private UnboundServer(Process process, string folder, IPEndPoint endPoint)
    {
        _process = process;
        _folder = folder;
        EndPoint = endPoint;
    }

    /// <summary>Null where it is not installed.</summary>
    public static string? Program => Array.Find(Places, File.Exists);

    public IPEndPoint EndPoint { get; }

    /// <param name="records">As in a zone file, absolute: <c>host.example. 300 IN A 192.0.2.1</c>.</param>
    public static async Task<UnboundServer> StartAsync(params string[] records)
    {
        var folder = Directory.CreateTempSubdirectory("pmilter-unbound-").FullName;
        var endPoint = FreePort();
        var configuration = Path.Combine(folder, "unbound.conf");
        await File.WriteAllTextAsync(configuration, $"""
            server:
              interface: 127.0.0.1@{endPoint.Port.ToString(CultureInfo.InvariantCulture)}
              do-daemonize: no
              use-syslog: no
              logfile: ""
              verbosity: 1
              chroot: ""
              username: ""
              pidfile: "{folder}/pid"
              directory: "{folder}"
              module-config: "iterator"
              local-zone: "example." static
              local-zone: "in-addr.arpa." static
            {string.Join('\n', records.Select(record => $"  local-data: '{record}'"))}
            remote-control:
              control-enable: no
            """);
        var start = new ProcessStartInfo(Program!, ["-d", "-c", configuration]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var server = new UnboundServer(Process.Start(start)!, folder, endPoint);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var said = string.Empty;
        while (await server._process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            said += line + "\n";
            if (line.Contains("start of service", StringComparison.Ordinal))
            {
                server._rest = server._process.StandardError.ReadToEndAsync(CancellationToken.None);
                return server;
            }
        }

        await server.DisposeAsync();
        throw new InvalidOperationException($"unbound did not start:\n{said}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _rest;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
