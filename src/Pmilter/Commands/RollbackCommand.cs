using System.CommandLine;
using Pmilter.Admin;
using Pmilter.Reloading;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter rollback</c>: the policy folder as it was, and a reload.</summary>
internal static class RollbackCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "rollback",
            "Puts the policy files of an earlier revision back, keeps those of now aside, and has the running server load them. Example: pmilter rollback 7f3a");
        var revision = new Argument<string?>("REVISION") { Description = "a revision of 'pmilter history', its beginning is enough; default: the one before the last change", Arity = ArgumentArity.ZeroOrOne };
        var isDry = new Option<bool>("--dry-run") { Description = "only say what would be decided otherwise" };
        command.Arguments.Add(revision);
        command.Options.Add(isDry);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => RunAsync(options.Site(parsed), parsed.GetValue(revision), parsed.GetValue(isDry), options, parsed, terminal, stop));
        return command;
    }

    private static async Task<int> RunAsync(Site site, string? revision, bool isDry, AdminOptions options, ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var settings = site.Settings;
        var store = new RevisionStore(settings.State.Folder);
        var name = revision ?? Before(store) ?? throw new ServerStartException("There is no earlier revision to go back to; 'pmilter history' lists them.");
        var folder = store.Find(name) ?? throw new ServerStartException($"There is no one revision '{name}' in {settings.State.Folder}; 'pmilter history' lists them.");
        var kept = new PolicyLoader(settings with { Policies = folder }, TimeProvider.System).Load().Set
            ?? throw new ServerStartException($"revision {Path.GetFileName(folder)} does not load any more; nothing was changed.");
        var now = new PolicyLoader(settings, TimeProvider.System).Load().Set;
        if (isDry)
        {
            foreach (var line in now is null ? ["the policies on disk have errors"] : SetDifference.Between(now, kept))
            {
                terminal.Output.WriteLine(line);
            }

            return ExitCodes.Ok;
        }

        var aside = store.Restore(folder, settings.Policies, TimeProvider.System.GetUtcNow());
        terminal.Output.WriteLine($"{settings.Policies} is as in revision {Path.GetFileName(folder)}; what was there is in {aside}.");
        try
        {
            return await options.AskAsync(
                parsed,
                terminal,
                client => client.PostAsync($"reload?rollback={Uri.EscapeDataString(Path.GetFileName(folder))}{OperatorName.Query}", AdminJson.Default.ReloadAnswer, stop),
                AdminJson.Default.ReloadAnswer,
                answer => ReloadCommand.Print(answer, terminal),
                answer => answer.Good ? ExitCodes.Ok : ExitCodes.Findings).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            terminal.Error.WriteLine($"pmilter: {error.Message} The files are back; the server loads them when it starts.");
            return ExitCodes.Unreachable;
        }
    }

    /// <summary>The last revision that is not the one in force.</summary>
    private static string? Before(RevisionStore store)
    {
        var good = store.History().Where(line => line.IsGood).ToArray();
        return good.Length == 0 ? null : good.FirstOrDefault(line => !string.Equals(line.Revision, good[0].Revision, StringComparison.Ordinal))?.Revision;
    }
}
