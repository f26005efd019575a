using System.CommandLine;
using Pmilter.Reloading;
using Pmilter.Safety;
using Pmilter.Server;
using Pmilter.Server.Lists;
using Pmilter.Service;
using Pmilter.TakeOver;
using Pmilter.Telemetry;

namespace Pmilter.Commands;

/// <summary><c>pmilter run</c>: configuration, policies, country data, sockets, and then mail.</summary>
internal static class RunCommand
{
    /// <summary>After the drain: master_exit, the last snapshot, the log's end.</summary>
    private static readonly TimeSpan TimeToSave = TimeSpan.FromSeconds(30);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "run",
            "Starts the server. SIGTERM and SIGINT stop it gracefully; SIGHUP, 'pmilter reload' and a changed file load the policies and policies.mode again; "
            + "lists and country data reload alone. Ends with 2 when it cannot start; policies with errors give way to those that were in force last. "
            + "Example: pmilter run -c /etc/pmilter/pmilter.yaml");
        var site = new SiteOptions();
        command.Options.Add(site.Configuration);
        command.Options.Add(site.Listen);
        var takeOver = new Option<bool>("--take-over")
        {
            Description = "takes the place of the running server: its sockets, counters, holds and bans; that one ends with its last session, and goes on if this one cannot start. Starts as ever where none runs",
        };
        command.Options.Add(takeOver);
        command.SetAction((parsed, cancellationToken) => RunAsync(site.Read(parsed), parsed.GetValue(takeOver), terminal, TimeProvider.System, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Site site, bool takesOver, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = site.Checked(terminal);
        var shelf = new ListShelf(options.State.Folder);
        var interventions = InterventionKeeper.Open(options.State.Folder);
        var loader = new PolicyLoader(options, time) { Lists = shelf, Modes = SettingsReader.ModesOf(site.Path), Interventions = () => interventions.Current };
        var load = loader.Load();
        terminal.Show(load.Diagnostics.All);
        var reason = string.Empty;

        // A running server goes on with the policies that it has: no reason to replace it with what was in force last.
        var kept = load.Set is null && !takesOver ? LastGoodPolicies.Load(options, time, () => interventions.Current, out reason) : null;
        if (kept is not null)
        {
            loader.Take(kept.Loaded);
        }

        if ((load.Set ?? kept?.Set) is not { } policies)
        {
            terminal.Error.WriteLine($"pmilter: the policies have errors{(reason.Length > 0 ? $", and {reason}" : string.Empty)}; nothing was started. 'pmilter check' shows them again.");
            return ExitCodes.Usage;
        }

        InlineCompletions.Prefer();
        var successor = SuccessorStart.OfThisProcess(ServiceNotifier.Variables());
        using var service = ServiceNotifier.FromEnvironment(time);
        using var inherited = InheritedSockets.FromEnvironment();
        using var log = LogPipeline.Create(options.Log.Level, options.Log.IsJson, options.Log.File);
        kept?.Tell(log.Loggers);
        await using var server = new ServerRun(options, policies, shelf, time, log.Loggers)
        {
            Interventions = interventions,
            Kept = load.Set is null ? [] : load.Kept,
            Service = service,
            Inherited = inherited,
            WatchdogLimit = Watchdog.Asked(),
            TakesOver = takesOver,
            Successor = OperatingSystem.IsLinux() ? successor : null,
        };
        var reloader = server.Reloader(loader, kept?.Report(time));
        using var signals = new Signals(
            () =>
            {
                log.Reopen();
                if (server.HasLeft)
                {
                    // The process that took over reloads.
                    return;
                }

                service.Reload(() => reloader.Reload().IsGood ? server.Status : $"{server.Status}; the last reload failed, these stay in force");
            },
            () => service.Stopping("Stopping: sessions may end", options.Drain + TimeToSave),
            cancellationToken);
        await server.RunAsync(signals.Stopping).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
