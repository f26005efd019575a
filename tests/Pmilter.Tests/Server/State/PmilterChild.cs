using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Pmilter.Tests.Server.State;

/// <summary>The real program in a process of its own, to be killed.</summary>
internal sealed class PmilterChild : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private PmilterChild(string configuration, string[] arguments, (string Name, string Value)[] environment)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "pmilter.dll");
        var start = new ProcessStartInfo("dotnet", [program, "run", "-c", configuration, .. arguments]) { UseShellExecute = false, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for nothing.</summary>
    public static PmilterChild Launch(string configuration, params string[] arguments) => new(configuration, arguments, []);

    public static Task<PmilterChild> StartAsync(string configuration, params string[] arguments) => SayingAsync(Launch(configuration, arguments), "Listening on");

    /// <summary>Waits for the admin socket, too; <c>log.level: debug</c> says that it is open.</summary>
    public static Task<PmilterChild> StartWithAdminAsync(string configuration) => SayingAsync(Launch(configuration), "Listening on", "Admin socket ");

    /// <param name="environment">Variables, set besides.</param>
    public static Task<PmilterChild> StartUnderAsync(string configuration, params (string Name, string Value)[] environment) => SayingAsync(new PmilterChild(configuration, [], environment), "Listening on");

    private static async Task<PmilterChild> SayingAsync(PmilterChild child, params string[] signs)
    {
        await UntilAsync(() => Array.TrueForAll(signs, sign => child.Log.Contains(sign, StringComparison.Ordinal)) || child._process.HasExited, () => child.Log);
        Assert.False(child._process.HasExited, child.Log);
        return child;
    }

    public static async Task UntilAsync(Func<bool> isTrue, Func<string> context)
    {
        var watch = Stopwatch.StartNew();
        while (!isTrue())
        {
            Assert.True(watch.Elapsed < Patience, context());
            await Task.Delay(10);
        }
    }

    /// <summary>SIGKILL: nothing is written, closed or removed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("/bin/kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        return await EndAsync();
    }

    /// <summary>The exit code, when it has ended by itself; by then the log is whole.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
