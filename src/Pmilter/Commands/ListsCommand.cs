using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Server.Lists;

namespace Pmilter.Commands;

/// <summary><c>pmilter lists</c>: the lists of the running server, and when a policy last found something in them.</summary>
internal static class ListsCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "lists",
            "The lists of the policies in force: entries, files, and when a policy last found a member. With --unused those lists, and single entries of the others, by which none was found for so long; ends with 1 when there are any. Example: pmilter lists --unused 180d");
        var unused = new Option<string?>("--unused") { Description = "only lists and entries without a hit for that long: 30d, 180d" };
        command.Options.Add(unused);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            DateTimeOffset? before = parsed.GetValue(unused) is { } span ? TimeProvider.System.GetUtcNow() - DurationOption.Read("--unused", span, Longest) : null;
            return options.AskAsync(
                parsed,
                terminal,
                async client => Only(await client.GetAsync(before is { } cut ? $"lists?before={cut.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "lists", AdminJson.Default.ListsAnswer, stop).ConfigureAwait(false), before, terminal),
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

        var young = all.Lists.Where(list => list.LastHit is not null).Select(list => list.Unused).OfType<UnusedEntries>().Where(entries => entries.Young > 0).ToArray();
        if (young.Length > 0)
        {
            var since = young.Min(entries => entries.YoungSince);
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{young.Sum(entries => entries.Young)} entries of lists in use had no hit, and are watched for less than that{(since is { } day ? $": since {Day(day)}" : string.Empty)}."));
        }

        return new ListsAnswer([.. all.Lists.Where(list => IsUnused(list, cut) || list.Unused is { Count: > 0 }).Select(list => IsUnused(list, cut) ? list with { Unused = null } : list)]);
    }

    private static bool IsUnused(ListLine list, DateTimeOffset cut) => (list.LastHit ?? list.Since) <= cut;

    private static void Print(ListsAnswer answer, Terminal terminal)
    {
        if (answer.Lists.Count == 0)
        {
            terminal.Error.WriteLine("There are none.");
            return;
        }

        var whole = answer.Lists.Where(list => list.Unused is null).ToArray();
        if (whole.Length > 0)
        {
            Whole(whole, terminal);
        }

        if (whole.Length > 0 && whole.Length < answer.Lists.Count)
        {
            terminal.Output.WriteLine();
        }

        if (whole.Length < answer.Lists.Count)
        {
            Single([.. answer.Lists.SelectMany(list => list.Unused is { } unused ? [(list, unused)] : Array.Empty<(ListLine, UnusedEntries)>())], terminal);
        }
    }

    private static void Whole(IReadOnlyList<ListLine> lists, Terminal terminal)
    {
        var table = new TextTable("LIST", "TYPE", "ENTRIES", "LAST HIT", "WATCHED SINCE", "FILE");
        foreach (var list in lists)
        {
            table.Add(Toned.Strong(list.Name), list.Type, StateText.Number(list.Entries), list.LastHit is { } hit ? Day(hit) : Toned.Warning("never"), Day(list.Since), list.Path.Length > 0 ? DisplayText.Clean(list.Path) : "-");
        }

        table.Write(terminal.Output);
    }

    /// <summary>Of lists that are of use otherwise.</summary>
    private static void Single(IReadOnlyList<(ListLine List, UnusedEntries Unused)> lists, Terminal terminal)
    {
        var table = new TextTable("ENTRY", "LIST", "LAST HIT", "WATCHED SINCE", "WHERE");
        foreach (var (list, entry) in lists.SelectMany(pair => pair.Unused.Entries.Select(entry => (pair.List, entry))))
        {
            var where = list.Path.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{list.Path}:{entry.Line}") : "-";
            table.Add(Toned.Strong(DisplayText.Clean(entry.Entry)), list.Name, entry.LastHit is { } hit ? Day(hit) : Toned.Warning("never"), Day(entry.Since), DisplayText.Clean(where));
        }

        table.Write(terminal.Output);
        foreach (var (list, unused) in lists.Where(pair => pair.Unused.Count > pair.Unused.Entries.Count))
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{list.Name} has {unused.Count} of them; the first {unused.Entries.Count} are shown."));
        }
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
