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
        var command = new Command("history", "Lists the loads of the policies, the newest first, with what each changed. Example: pmilter history --count 5");
        var site = new SiteOptions();
        var count = new Option<int>("--count") { Description = "how many", DefaultValueFactory = _ => 20 };
        var format = new Option<string>("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(site.Configuration);
        command.Options.Add(count);
        command.Options.Add(format);
        command.SetAction(parsed => Run(site.Read(parsed).Checked(terminal), parsed.GetValue(count), parsed.GetValue(format) == "json", terminal));
        return command;
    }

    private static int Run(ServerSettings settings, int count, bool isJson, Terminal terminal)
    {
        var history = new RevisionStore(settings.State.Folder).History().Take(count).ToArray();
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(history, RevisionJson.Default.IReadOnlyListHistoryLine));
            return ExitCodes.Ok;
        }

        if (history.Length == 0)
        {
            terminal.Error.WriteLine($"No server has loaded policies with the state folder '{settings.State.Folder}'.");
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
