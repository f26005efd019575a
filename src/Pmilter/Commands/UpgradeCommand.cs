using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Admin.Status;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter upgrade</c>: the running server starts the program that is on disk now, which takes over.</summary>
internal static class UpgradeCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Policies, country data and handlers are loaded first; then the state.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "upgrade",
            "The running server starts the program that is on disk now, with the configuration of now, and that takes over: sockets, counters, holds and bans. Mail goes on. "
            + "Ends with 1 when it did not: the running server goes on as before. Example: pmilter upgrade");
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => RunAsync(client, TimeProvider.System, stop),
            AdminJson.Default.UpgradeAnswer,
            answer => Print(answer, terminal),
            answer => answer.ExitCode is null ? ExitCodes.Ok : ExitCodes.Findings));
        return command;
    }

    /// <summary>Until the new process answers, or has ended.</summary>
    private static async Task<UpgradeAnswer> RunAsync(AdminClient client, TimeProvider time, CancellationToken stop)
    {
        var started = await client.PostAsync("upgrade", AdminJson.Default.UpgradeAnswer, stop).ConfigureAwait(false);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < Patience)
        {
            try
            {
                if ((await client.GetAsync("status", StatusJson.Default.StatusAnswer, stop).ConfigureAwait(false)).Server.Process == started.Process)
                {
                    return started;
                }

                if (await client.GetAsync("upgrade", AdminJson.Default.UpgradeAnswer, stop).ConfigureAwait(false) is { ExitCode: not null } ended)
                {
                    return ended;
                }
            }
            catch (Exception error) when (error is IOException or AdminException)
            {
                // Between the two nobody answers; the new one knows of no upgrade.
            }

            await Task.Delay(Pause, time, stop).ConfigureAwait(false);
        }

        throw new IOException(string.Create(CultureInfo.InvariantCulture, $"Process {started.Process} has not taken over within {Patience.TotalMinutes} min; the server's log says why."));
    }

    private static void Print(UpgradeAnswer answer, Terminal terminal)
    {
        if (answer.ExitCode is not { } exitCode)
        {
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Process {answer.Process} has taken over; the one before ends with its last session."));
            return;
        }

        terminal.Error.Put(Toned.Bad("Not upgraded:"));
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $" process {answer.Process} has ended with {exitCode}, and says why in the server's log. The server goes on as before."));
    }
}
