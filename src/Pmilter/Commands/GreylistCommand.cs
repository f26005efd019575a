using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;

namespace Pmilter.Commands;

/// <summary><c>pmilter greylist</c>: greylists in numbers, or the tuples and clients of one.</summary>
internal static class GreylistCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "greylist", "Greylists in numbers, or the tuples and clients of one. Example: pmilter greylist unknown_clients --find example.jp");
        var name = new Argument<string?>("NAME") { Description = "policy/greylist, or the greylist alone where that is clear", Arity = ArgumentArity.ZeroOrOne };
        var find = new Option<string?>("--find") { Description = "only keys that contain this" };
        var count = new Option<int>("--count", "-n") { Description = "at most that many", DefaultValueFactory = _ => 100 };
        command.Arguments.Add(name);
        command.Options.Add(find);
        command.Options.Add(count);
        command.Subcommands.Add(GreylistImportCommand.Create(terminal));
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(name) is not { } given)
            {
                return options.AskAsync(
                    parsed, terminal, client => client.GetAsync("greylists", AdminJson.Default.GreylistsAnswer, stop), AdminJson.Default.GreylistsAnswer, answer => Print(answer, terminal));
            }

            var contains = parsed.GetValue(find) is { } text ? $"&contains={Uri.EscapeDataString(text)}" : string.Empty;
            var request = $"greylists/entries{AdminOptions.Query(given, [])}{contains}&count={parsed.GetValue(count)}";
            return options.AskAsync(
                parsed, terminal, client => client.GetAsync(request, AdminJson.Default.GreylistAnswer, stop), AdminJson.Default.GreylistAnswer, answer => Print(answer, terminal));
        });
        return command;
    }

    private static int Print(GreylistsAnswer answer, Terminal terminal)
    {
        if (answer.Greylists.Count == 0)
        {
            terminal.Error.WriteLine("The policies in force have no greylist.");
            return ExitCodes.Ok;
        }

        var table = new TextTable("GREYLIST", "BY", "WAITING", "PASSED", "CLIENTS");
        foreach (var line in answer.Greylists)
        {
            table.Add(line.Name, line.Key, StateText.Number(line.Waiting), StateText.Number(line.Passed), StateText.Number(line.Clients));
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }

    private static int Print(GreylistAnswer answer, Terminal terminal)
    {
        var now = TimeProvider.System.GetUtcNow();
        var table = new TextTable(answer.Key.ToUpperInvariant(), "STATE", "FIRST SEEN", "FORGOTTEN");
        foreach (var entry in answer.Entries)
        {
            table.Add(
                StateText.Key(entry.Key),
                entry.State == "client" ? $"client, {entry.Passes} passed" : entry.State,
                entry.First is { } first ? $"{first.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z" : "-",
                StateText.Until(entry.Until, now));
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }
}
