using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Policies.Text;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter lists</c>: the lists of the running server, and when a policy last found something in them.</summary>
internal static class ListsCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "lists",
            "The lists of the policies in force: entries, files, and when a policy last found a member. With --unused those in which none was found for so long; ends with 1 when there are any. Example: pmilter lists --unused 180d");
        var unused = new Option<string?>("--unused") { Description = "only lists without a hit for that long: 30d, 180d" };
        command.Options.Add(unused);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            DateTimeOffset? before = parsed.GetValue(unused) is { } span ? TimeProvider.System.GetUtcNow() - DurationOption.Read("--unused", span, Longest) : null;
            return options.AskAsync(
                parsed,
                terminal,
                async client => Only(await client.GetAsync("lists", AdminJson.Default.ListsAnswer, stop).ConfigureAwait(false), before, terminal),
                AdminJson.Default.ListsAnswer,
                answer => Print(answer, terminal),
                answer => before is not null && answer.Lists.Count > 0 ? ExitCodes.Findings : ExitCodes.Ok);
        });
        return command;
    }

    /// <summary>What is not noted for that long yet may have been used before: it is left out, and told.</summary>
    private static ListsAnswer Only(ListsAnswer all, DateTimeOffset? before, Terminal terminal)
    {
        if (before is not { } cut)
        {
            return all;
        }

        var unknown = all.Lists.Count(list => list.LastHit is null && list.Since > cut);
        if (unknown > 0)
        {
            var since = all.Lists.Where(list => list.LastHit is null && list.Since > cut).Min(list => list.Since);
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{unknown} {(unknown == 1 ? "list has" : "lists have")} had no hit, and {(unknown == 1 ? "is" : "are")} watched for less than that: since {since.UtcDateTime:yyyy-MM-dd}."));
        }

        return new ListsAnswer([.. all.Lists.Where(list => (list.LastHit ?? list.Since) <= cut)]);
    }

    private static void Print(ListsAnswer answer, Terminal terminal)
    {
        if (answer.Lists.Count == 0)
        {
            terminal.Error.WriteLine("There are none.");
            return;
        }

        var table = new TextTable("LIST", "TYPE", "ENTRIES", "LAST HIT", "WATCHED SINCE", "FILE");
        foreach (var list in answer.Lists)
        {
            table.Add(Toned.Strong(list.Name), list.Type, StateText.Number(list.Entries), list.LastHit is { } hit ? Day(hit) : Toned.Warning("never"), Day(list.Since), list.Path.Length > 0 ? DisplayText.Clean(list.Path) : "-");
        }

        table.Write(terminal.Output);
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
