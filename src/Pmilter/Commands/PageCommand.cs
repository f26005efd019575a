using System.CommandLine;
using Pmilter.Admin;

namespace Pmilter.Commands;

/// <summary><c>pmilter page</c>: the link that opens the admin page.</summary>
internal static class PageCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "page",
            "Shows the link that opens the admin page of the running server, with its token: who has it can read whose mail comes, and lift bans. Example: xdg-open \"$(pmilter page)\"");
        var read = new Option<bool>("--read") { Description = "the link for who only looks; needs admin.page_read_token_file" };
        command.Options.Add(read);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.GetAsync(parsed.GetValue(read) ? "page?read=1" : "page", AdminJson.Default.PageLinkAnswer, stop),
            AdminJson.Default.PageLinkAnswer,
            answer =>
            {
                terminal.Output.WriteLine(LinkOf(answer, Person));
                return ExitCodes.Ok;
            }));
        return command;
    }

    /// <summary>Behind the number sign: browsers do not send that part, so it is in no log on the way.</summary>
    public static string LinkOf(PageLinkAnswer answer, string person) => $"{answer.Address}/#token={answer.Token}&name={Uri.EscapeDataString(person)}";

    /// <summary>Who releases is noted: the person behind sudo, else the user.</summary>
    private static string Person => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } person ? person : Environment.UserName;
}
