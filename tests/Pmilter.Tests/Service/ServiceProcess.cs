using System.Diagnostics;
using System.Text;

namespace Pmilter.Tests.Service;

/// <summary><c>pmilter run</c> as a process of its own in a folder of its own, as a service manager starts it; ended by its id.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ServiceProcess(Process process, string folder)
    {
        _process = process;
        Folder = folder;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.Append(line.Data).Append('\n');
            }
        };
        process.BeginErrorReadLine();
    }

    public string Folder { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Open ones, as the system counts them.</summary>
    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    /// <summary>Resident, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <param name="configuration">pmilter.yaml; {folder} is where it stands.</param>
    /// <param name="shell">What starts it: "$@" is the program with its arguments.</param>
    /// <param name="environment">Variables, set besides.</param>
    public static ServiceProcess Start(string configuration, string shell = "exec \"$@\"", params (string Name, string Value)[] environment)
    {
        var folder = Directory.CreateTempSubdirectory("pmilter-service-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        File.WriteAllText(Path.Combine(folder, "policies", "10.yaml"), "policy: quiet\nrules:\n  - id: never\n    phase: mail\n    when: mail_from = 'x@y.example'\n    then: [reject]\n");
        var rest = new[] { "geoip: { country: '' }\n", "admin: { socket: '' }\n", "state: { dir: '' }\n" }.Where(line => !configuration.Contains($"{line.Split(':')[0]}:", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "pmilter.yaml"), configuration.Replace("{folder}", folder, StringComparison.Ordinal) + string.Concat(rest));
        var start = new ProcessStartInfo("bash", ["-c", shell.Replace("{folder}", folder, StringComparison.Ordinal), "start", "dotnet", Path.Combine(AppContext.BaseDirectory, "pmilter.dll"), "run", "-c", Path.Combine(folder, "pmilter.yaml")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServiceProcess(Process.Start(start) ?? throw new InvalidOperationException("There is no bash."), folder);
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await EndAsync();
        }

        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
