using System.CommandLine;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;
using Pmilter.Reloading;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter diff</c>: what two revisions decide otherwise.</summary>
internal static class DiffCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "diff",
            "Says how two revisions of the policies differ in what they do: limits, conditions, verdicts, modes, lists; with --replay, what the other one would have decided of the mail that came. Ends with 1 when they differ. Example: pmilter diff 7f3a 9c01 --replay 1h");
        var site = new SiteOptions();
        var older = new Argument<string>("REVISION") { Description = "a revision of 'pmilter history'; its beginning is enough" };
        var newer = new Argument<string?>("OTHER") { Description = "another; default: the policies on disk", Arity = ArgumentArity.ZeroOrOne };
        var replay = new Option<string?>("--replay") { Description = "the decisions of that long ago until now, through the other one: 1h, 1d" };
        command.Arguments.Add(older);
        command.Arguments.Add(newer);
        command.Options.Add(site.Configuration);
        command.Options.Add(replay);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = site.Read(parsed).Checked(terminal);
            var status = Run(settings, parsed.GetValue(older)!, parsed.GetValue(newer), terminal);
            if (parsed.GetValue(replay) is not { } span)
            {
                return status;
            }

            var since = TimeProvider.System.GetUtcNow() - DurationOption.Read("--replay", span, TimeSpan.FromDays(3650));
            terminal.Output.WriteLine();
            var differs = await new ReplayCommand(terminal).CompareAsync(From(settings, parsed.GetValue(newer)), since, cancellationToken).ConfigureAwait(false);
            return differs ? ExitCodes.Findings : status;
        });
        return command;
    }

    private static int Run(ServerSettings settings, string older, string? newer, Terminal terminal)
    {
        var differences = SetDifference.Between(Compile(settings, older), Compile(settings, newer));
        foreach (var difference in differences)
        {
            terminal.Output.WriteLine(difference);
        }

        if (differences.Count > 0)
        {
            return ExitCodes.Findings;
        }

        terminal.Error.WriteLine("They do the same.");
        return ExitCodes.Ok;
    }

    /// <param name="revision">Null: what is on disk.</param>
    private static PolicySet Compile(ServerSettings settings, string? revision)
    {
        var load = new PolicyLoader(From(settings, revision), TimeProvider.System).Load();
        return load.Set ?? throw new ServerStartException(
            $"the policies {(revision is null ? "on disk" : $"of revision {revision}")} have errors: {load.Diagnostics.All.First(d => d.Severity == DiagnosticSeverity.Error).Message}.");
    }

    private static ServerSettings From(ServerSettings settings, string? revision) => revision is null ? settings : Kept(settings, revision);

    private static ServerSettings Kept(ServerSettings settings, string revision)
    {
        var store = new RevisionStore(settings.State.Folder);
        var folder = store.Find(revision) ?? throw new ServerStartException($"There is no one revision '{revision}' in {settings.State.Folder}; 'pmilter history' lists them.");
        return settings with { Policies = folder, Modes = RevisionStore.ModesOf(folder) };
    }
}
