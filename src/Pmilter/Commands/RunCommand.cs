using System.CommandLine;
using Pmilter.Reloading;
using Pmilter.Server;
using Pmilter.Server.Lists;
using Pmilter.Service;
using Pmilter.Telemetry;

namespace Pmilter.Commands;

/// <summary><c>pmilter run</c>: configuration, policies, country data, sockets, and then mail.</summary>
internal static class RunCommand
{
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
        command.SetAction((parsed, cancellationToken) => RunAsync(site.Read(parsed), terminal, TimeProvider.System, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Site site, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = site.Checked(terminal);
        var shelf = new ListShelf(options.State.Folder);
        var loader = new PolicyLoader(options, time) { Lists = shelf, Modes = SettingsReader.ModesOf(site.Path) };
        var load = loader.Load();
        terminal.Show(load.Diagnostics.All);
        var kept = load.Set is null ? LastGoodPolicies.Load(options, time) : null;
        if ((load.Set ?? kept?.Set) is not { } policies)
        {
            terminal.Error.WriteLine("pmilter: the policies have errors; nothing was started. 'pmilter check' shows them again.");
            return ExitCodes.Usage;
        }

        InlineCompletions.Prefer();
        using var service = ServiceNotifier.FromEnvironment(time);
        using var inherited = InheritedSockets.FromEnvironment();
        using var log = LogPipeline.Create(options.Log.Level, options.Log.IsJson, options.Log.File);
        kept?.Tell(log.Loggers);
        await using var server = new ServerRun(options, policies, shelf, time, log.Loggers)
        {
            Kept = load.Kept,
            Service = service,
            Inherited = inherited,
            WatchdogLimit = Watchdog.Asked(),
        };
        var reloader = server.Reloader(loader, kept?.Report(time));
        using var signals = new Signals(
            () =>
            {
                log.Reopen();
                service.Reload(() => reloader.Reload().IsGood ? server.Status : $"{server.Status}; the last reload failed, these stay in force");
            },
            cancellationToken);
        await server.RunAsync(signals.Stopping).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
