using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Pmilter.TestKit;

/// <summary>A redis-server of its own on a Unix socket: nothing is saved, nobody else reaches it, and it ends with the test.</summary>
public sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder;
    private readonly string[] _options;
    private Process? _process;

    private RedisServer(string folder, string[] options)
    {
        _folder = folder;
        _options = options;
    }

    public string Socket => Path.Combine(_folder, "redis.sock");

    /// <summary>As pmilter.yaml names it.</summary>
    public string Address => $"unix:{Socket}";

    /// <summary>Starts one and waits until it takes connections.</summary>
    /// <exception cref="InvalidOperationException">There is no redis-server, or it does not start.</exception>
    public static RedisServer Start(params string[] options)
    {
        var server = new RedisServer(Directory.CreateTempSubdirectory("pmilter-redis-").FullName, options);
        try
        {
            server.Restart();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>SIGSTOP: it holds its connections and answers nothing.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>SIGKILL: everything in it is lost.</summary>
    public void Kill()
    {
        if (_process is not { } process)
        {
            return;
        }

        process.Kill();
        process.WaitForExit();
        process.Dispose();
        _process = null;
        File.Delete(Socket);
    }

    public void Restart()
    {
        Kill();
        var start = new ProcessStartInfo("redis-server", ["--port", "0", "--unixsocket", Socket, "--save", string.Empty, "--appendonly", "no", "--dir", _folder, .. _options])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            _process = Process.Start(start);
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("redis-server is missing; tests/run.sh installs it (Debian: apt-get install redis-server).", missing);
        }

        _process!.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var watch = Stopwatch.StartNew();
        while (!Answers())
        {
            if (_process.HasExited || watch.Elapsed > Patience)
            {
                throw new InvalidOperationException("redis-server did not start.");
            }

            Thread.Sleep(5);
        }
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private bool Answers()
    {
        if (!File.Exists(Socket))
        {
            return false;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
