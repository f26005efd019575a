using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter reload</c>: the running server loads its policies again, and what came of it is told here.</summary>
internal static class ReloadCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "reload",
            "The running server loads its policies again. Ends with 1 when they were refused: those in force stay. Example: pmilter reload --cut");
        var cut = new Option<bool>("--cut") { Description = "answer 421 at the next message of connections that cannot follow to the new policies, since they need what was not agreed with the MTA" };
        command.Options.Add(cut);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.PostAsync($"reload?{(parsed.GetValue(cut) ? "cut=1" : string.Empty)}{OperatorName.Query}", AdminJson.Default.ReloadAnswer, stop),
            AdminJson.Default.ReloadAnswer,
            answer => Print(answer, terminal),
            answer => answer.Good ? ExitCodes.Ok : ExitCodes.Findings));
        return command;
    }

    public static void Print(ReloadAnswer answer, Terminal terminal)
    {
        foreach (var problem in answer.Problems)
        {
            terminal.Error.WriteLine(problem);
        }

        if (!answer.Good)
        {
            terminal.Error.Put(Toned.Bad("Not reloaded:"));
            terminal.Error.WriteLine($" {answer.Reason}. The server keeps revision {answer.Revision}.");
            return;
        }

        terminal.Output.WriteLine(answer.Revision == answer.Older ? $"Revision {answer.Revision}, as before." : $"Revision {answer.Revision} replaces {answer.Older}.");
        foreach (var difference in answer.Differences)
        {
            terminal.Output.WriteLine($"  {difference}");
        }

        if (answer.Cut is { } sessions)
        {
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Sessions that cannot follow and are turned away at their next message: {sessions}."));
        }
    }
}
