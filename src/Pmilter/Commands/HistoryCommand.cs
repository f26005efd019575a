using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pmilter.Reloading;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter history</c>: which policies were in force when, from the state folder.</summary>
internal static class HistoryCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("history", "Lists the loads of the policies, the newest first, with what each changed; who may not enter the state folder asks the running server. Example: pmilter history --count 5");
        var count = new Option<int>("--count") { Description = "how many", DefaultValueFactory = _ => 20 };
        command.Options.Add(count);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => Own(options, parsed, terminal) is { } history
            ? Task.FromResult(Print([.. history.Take(parsed.GetValue(count))], options.IsJson(parsed), terminal))
            : options.AskAsync(
                parsed,
                terminal,
                client => client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"history?count={parsed.GetValue(count)}"), RevisionJson.Default.IReadOnlyListHistoryLine, stop),
                RevisionJson.Default.IReadOnlyListHistoryLine,
                answer => Print(answer, isJson: false, terminal)));
        return command;
    }

    /// <summary>From the state folder; null where the server is to be asked.</summary>
    private static IReadOnlyList<HistoryLine>? Own(AdminOptions options, ParseResult parsed, Terminal terminal)
    {
        if (options.HasSocket(parsed))
        {
            return null;
        }

        Site site;
        try
        {
            site = options.Site(parsed);
        }
        catch (ServerStartException)
        {
            // Said where the socket is looked for.
            return null;
        }

        try
        {
            return new RevisionStore(site.Checked(terminal).State.Folder).History();
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int Print(IReadOnlyList<HistoryLine> history, bool isJson, Terminal terminal)
    {
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(history, RevisionJson.Default.IReadOnlyListHistoryLine));
            return ExitCodes.Ok;
        }

        if (history.Count == 0)
        {
            terminal.Error.WriteLine("No server has loaded policies with this state folder.");
            return ExitCodes.Ok;
        }

        var table = new TextTable("WHEN", "BY", "REVISION", "RULES", "WHAT");
        foreach (var line in history)
        {
            table.Add(
                line.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                line.Cause,
                Toned.Strong(line.Revision),
                StateText.Number(line.Rules),
                line.IsGood ? new Toned(line.Differences.Count == 0 ? "-" : string.Join("; ", line.Differences), Tone.Plain) : Toned.Bad($"refused: {line.Reason}"));
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }
}
