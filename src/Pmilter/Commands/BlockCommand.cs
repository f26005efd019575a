using System.CommandLine;
using Pmilter.Admin;

namespace Pmilter.Commands;

/// <summary><c>pmilter block</c>: refuses what fits, for a while, in the running server.</summary>
internal static class BlockCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "block",
            "Refuses for a while, at rcpt or later, what fits one or more fields; protected parties still get through. It outlasts reloads and restarts. "
            + "Example: pmilter block client_ip=203.0.113.0/24 --for 4h --reason 'bulk, ticket 17'")
        {
            List(terminal),
            Remove(terminal),
        };
        var conditions = new Argument<string[]>("FIELD=VALUE") { Description = "a field of 'pmilter fields' and its value; client_ip takes networks; several must all fit", Arity = ArgumentArity.OneOrMore };
        var span = new Option<string?>("--for") { Description = "how long: 30m, 4h, 2d" };
        var reject = new Option<bool>("--reject") { Description = "permanently; else senders try again later" };
        var reason = new Option<string>("--reason") { Description = "why; shown in the log and by 'pmilter status', not to the sender", DefaultValueFactory = _ => string.Empty };
        command.Arguments.Add(conditions);
        command.Options.Add(span);
        command.Options.Add(reject);
        command.Options.Add(reason);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var query = $"{ModeCommand.Span(parsed.GetValue(span))}{(parsed.GetValue(reject) ? "&reject=1" : string.Empty)}&reason={Uri.EscapeDataString(parsed.GetValue(reason)!)}";
            return options.AskAsync(
                parsed,
                terminal,
                client => client.PostAsync($"block{AdminOptions.Query(string.Empty, parsed.GetValue(conditions)!)}{query}{OperatorName.Query}", AdminJson.Default.SafetyAnswer, stop),
                AdminJson.Default.SafetyAnswer,
                answer => SafetyPage.Write(answer, terminal));
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "What is blocked, and which rules are in monitor by hand. Example: pmilter block list");
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed, terminal, client => client.GetAsync("safety", AdminJson.Default.SafetyStatus, stop), AdminJson.Default.SafetyStatus, answer => SafetyPage.Write(answer, terminal)));
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var command = new Command("rm", "Lifts a block before its time. Example: pmilter block rm b1");
        var id = new Argument<string>("ID") { Description = "as 'pmilter block list' shows it" };
        command.Arguments.Add(id);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.PostAsync($"block/rm{AdminOptions.Query(parsed.GetValue(id)!, [])}{OperatorName.Query}", AdminJson.Default.SafetyAnswer, stop),
            AdminJson.Default.SafetyAnswer,
            answer => SafetyPage.Write(answer, terminal)));
        return command;
    }
}
