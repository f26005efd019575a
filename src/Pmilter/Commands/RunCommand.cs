using System.CommandLine;
using Pmilter.Server;
using Pmilter.Service;
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
            "Starts the server. SIGTERM and SIGINT stop it gracefully, SIGHUP reloads the policies and policies.mode. Ends with 2 when it cannot start. "
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
        var loader = new PolicyLoader(options, time) { Modes = SettingsReader.ModesOf(site.Path) };
        var load = loader.Load();
        terminal.Show(load.Diagnostics.All);
        if (load.Set is not { } policies)
        {
            terminal.Error.WriteLine("pmilter: the policies have errors; nothing was started. 'pmilter check' shows them again.");
            return ExitCodes.Usage;
        }

        InlineCompletions.Prefer();
        using var service = ServiceNotifier.FromEnvironment(time);
        using var inherited = InheritedSockets.FromEnvironment();
        using var log = LogPipeline.Create(options.Log.Level, options.Log.IsJson, options.Log.File);
        await using var server = new ServerRun(options, policies, time, log.Loggers) { Service = service, Inherited = inherited, WatchdogLimit = Watchdog.Asked() };
        var reloader = server.Reloader(loader);
        using var signals = new Signals(
            () =>
            {
                log.Reopen();
                service.Reload(() => reloader.Reload() ? server.Status : $"{server.Status}; the last reload failed, these stay in force");
            },
            () => service.Stopping("Stopping: sessions may end", options.Drain + TimeToSave),
            cancellationToken);
        await server.RunAsync(signals.Stopping).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
