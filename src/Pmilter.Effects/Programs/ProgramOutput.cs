using System.ComponentModel;
using System.Diagnostics;

namespace Pmilter.Effects.Programs;

/// <summary>Runs a program to its end and reads what it says; its standard input is empty.</summary>
public static class ProgramOutput
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <exception cref="IOException">It is not there, does not end in 20 s, or ends with another code than 0.</exception>
    public static async Task<string> ReadAsync(string program, IEnumerable<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        string[] words = [.. arguments];
        var start = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new IOException($"{program} {string.Join(' ', words)} did not end in {Patience.TotalSeconds} s.", late);
        }

        return process.ExitCode == 0
            ? await output.ConfigureAwait(false)
            : throw new IOException($"{program} {string.Join(' ', words)} ended with {process.ExitCode}: {(await errors.ConfigureAwait(false)).Trim()}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new IOException($"{start.FileName} did not start.");
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{start.FileName} cannot be run: {error.Message}", error);
        }
    }
}
