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

    private PmilterChild(string configuration)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "pmilter.dll");
        _process = Process.Start(new ProcessStartInfo("dotnet", [program, "run", "-c", configuration])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
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

    /// <param name="hasAdmin">Waits for the admin socket, too; <c>log.level: debug</c> says that it is open.</param>
    public static async Task<PmilterChild> StartAsync(string configuration, bool hasAdmin = false)
    {
        var child = new PmilterChild(configuration);
        string[] signs = hasAdmin ? ["Listening on", "Admin socket "] : ["Listening on"];
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
