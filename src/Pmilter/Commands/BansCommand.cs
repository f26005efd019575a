using System.CommandLine;
using Pmilter.Admin;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter bans</c>: who is banned or held; banning by hand, and lifting a ban.</summary>
internal static class BansCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("bans", "Who is banned and who is held now; 'add' bans, 'rm' lifts a ban. Example: pmilter bans rm stolen_logins alice@example.jp")
        {
            List(terminal),
            Add(terminal),
            Remove(terminal),
        };
        SetListing(command, terminal);
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "Bans and holds that run. Example: pmilter bans list --format json");
        SetListing(command, terminal);
        return command;
    }

    private static void SetListing(Command command, Terminal terminal)
    {
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed, terminal, client => client.GetAsync("bans", AdminJson.Default.BansAnswer, stop), AdminJson.Default.BansAnswer, answer => Print(answer, terminal)));
    }

    private static Command Add(Terminal terminal)
    {
        var command = new Command(
            "add",
            "Bans by hand, in a ban that the policies have: their rules say what becomes of whom it names. Ends with 1 when it was banned already. Example: pmilter bans add stolen_logins alice@example.jp --for 2d");
        var name = new Argument<string>("NAME") { Description = "policy/ban, or the ban alone where that is clear" };
        var key = new Argument<string[]>("KEY") { Description = "the key, its parts as separate words", Arity = ArgumentArity.OneOrMore };
        var span = new Option<string?>("--for") { Description = "how long: 30m, 4h, 2d; default: as the policy says" };
        var reason = new Option<string>("--reason") { Description = "why; kept in audit.jsonl", DefaultValueFactory = _ => string.Empty };
        command.Arguments.Add(name);
        command.Arguments.Add(key);
        command.Options.Add(span);
        command.Options.Add(reason);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var rest = $"{(parsed.GetValue(span) is { } given ? ModeCommand.Span(given) : string.Empty)}&reason={Uri.EscapeDataString(parsed.GetValue(reason)!)}{OperatorName.Query}";
            return options.AskAsync(
                parsed,
                terminal,
                client => client.PostAsync($"bans/add{AdminOptions.Query(parsed.GetValue(name)!, parsed.GetValue(key)!)}{rest}", AdminJson.Default.BannedAnswer, stop),
                AdminJson.Default.BannedAnswer,
                answer => terminal.Output.WriteLine($"{answer.Name}: {StateText.Key(parsed.GetValue(key)!)} is banned{(answer.Began ? string.Empty : " already")}, until {StateText.Until(answer.Until, TimeProvider.System.GetUtcNow())}."),
                answer => answer.Began ? ExitCodes.Ok : ExitCodes.Findings);
        });
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var command = new Command("rm", "Lifts a ban and forgets its repeats. Ends with 1 when there was none. Example: pmilter bans rm stolen_logins alice@example.jp");
        var name = new Argument<string>("NAME") { Description = "policy/ban, or the ban alone where that is clear" };
        var key = new Argument<string[]>("KEY") { Description = "the key, its parts as separate words", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(name);
        command.Arguments.Add(key);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.PostAsync($"bans/lift{AdminOptions.Query(parsed.GetValue(name)!, parsed.GetValue(key)!)}{OperatorName.Query}", AdminJson.Default.DoneAnswer, stop),
            AdminJson.Default.DoneAnswer,
            answer =>
            {
                var isLifted = answer.Changed > 0;
                terminal.Output.WriteLine(isLifted ? $"{answer.Name}: lifted." : $"{answer.Name}: {StateText.Key(parsed.GetValue(key)!)} is not banned.");
                return isLifted ? ExitCodes.Ok : ExitCodes.Findings;
            }));
        return command;
    }

    private static int Print(BansAnswer answer, Terminal terminal)
    {
        var now = TimeProvider.System.GetUtcNow();
        var table = new TextTable("WHAT", "NAME", "KEY", "UNTIL", "REPEATS");
        foreach (var (what, lines) in new[] { ("ban", answer.Bans), ("hold", answer.Holds) })
        {
            foreach (var line in lines)
            {
                table.Add(new Toned(what, what == "ban" ? Tone.Bad : Tone.Warning), Toned.Strong(line.Name), StateText.Key(line.Key), StateText.Until(line.Until, now), what == "ban" ? StateText.Number(line.Repeats) : "-");
            }
        }

        if (answer.Bans.Count + answer.Holds.Count == 0)
        {
            terminal.Error.WriteLine("Nobody is banned or held.");
            return ExitCodes.Ok;
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }
}
