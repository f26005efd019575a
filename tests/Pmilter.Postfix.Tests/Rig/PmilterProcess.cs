using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>The real program as a child process; stopped by SIGTERM at the end.</summary>
internal sealed class PmilterProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private PmilterProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
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

    /// <summary>Starts <c>pmilter run</c> and waits until it says that it listens.</summary>
    public static async Task<PmilterProcess> StartAsync(string configuration)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "pmilter.dll");
        var start = new ProcessStartInfo("dotnet", [program, "run", "-c", configuration])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        var process = new PmilterProcess(Process.Start(start)!);
        await process.SaysAsync("listening on");
        return process;
    }

    public async Task SaysAsync(string text) =>
        await Wait.ForAsync(
            () => Log.Contains(text, StringComparison.OrdinalIgnoreCase) ? text
                : _process.HasExited ? throw new InvalidOperationException($"pmilter ended with {_process.ExitCode}:\n{Log}")
                : null,
            $"'{text}' from pmilter");

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            await Tool.RunAsync("/bin/kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            _process.Kill();
            throw new TimeoutException($"pmilter did not stop within 20 s of SIGTERM:\n{Log}", late);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
