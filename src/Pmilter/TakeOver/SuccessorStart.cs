using System.Diagnostics;
using System.Globalization;
using Pmilter.Admin;

namespace Pmilter.TakeOver;

/// <summary>
/// Starts the program that is on disk now, as this one was started, to take over: <c>pmilter upgrade</c>. A child of the server is in the service's
/// control group, under its user and its restrictions, which no process of the administrator's is.
/// </summary>
/// <param name="program">The path of this program, as it was at the start: it may have been replaced since.</param>
/// <param name="arguments">Those that this one was started with.</param>
/// <param name="environment">Variables that this one has taken out of its own.</param>
internal sealed class SuccessorStart(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
{
    private const string Option = "--take-over";

    private readonly Lock _gate = new();
    private Process? _process;

    /// <summary>As this process was started.</summary>
    public static SuccessorStart OfThisProcess(IReadOnlyDictionary<string, string> environment)
    {
        var program = Environment.ProcessPath ?? string.Empty;
        var arguments = Environment.GetCommandLineArgs();

        // Under the dotnet host the first is the assembly; of a program of its own it is that one.
        return new SuccessorStart(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? arguments : arguments[1..], environment);
    }

    /// <exception cref="AdminException">It cannot be started, or another one is on its way.</exception>
    public UpgradeAnswer Start()
    {
        lock (_gate)
        {
            if (_process is { HasExited: false })
            {
                throw new AdminException(string.Create(CultureInfo.InvariantCulture, $"Process {_process.Id} was started already and is about to take over."));
            }

            var start = new ProcessStartInfo(program, arguments.Contains(Option, StringComparer.Ordinal) ? arguments : [.. arguments, Option]) { UseShellExecute = false };
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            try
            {
                _process?.Dispose();
                _process = Process.Start(start);
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException)
            {
                throw new AdminException($"{program} cannot be started: {error.Message}", error);
            }

            return Answer();
        }
    }

    /// <summary>The last that was started.</summary>
    /// <exception cref="AdminException">None was.</exception>
    public UpgradeAnswer Read()
    {
        lock (_gate)
        {
            return Answer();
        }
    }

    private UpgradeAnswer Answer() => _process is { } process
        ? new UpgradeAnswer(process.Id, process.HasExited ? process.ExitCode : null)
        : throw new AdminException("No process was started to take over.");
}
