using System.CommandLine;
using Pmilter.Documentation;

namespace Pmilter.Commands;

/// <summary><c>pmilter docs</c>: the reference, or what a diagnostic means.</summary>
internal static class DocsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "docs",
            "Prints the reference of all keys, steps, fields and functions as Markdown, or explains one diagnostic by its id. "
            + "Example: pmilter docs PM104");
        var id = new Argument<string?>("ID") { Description = "the id of a diagnostic, such as PM104", Arity = ArgumentArity.ZeroOrOne };
        var man = new Option<string?>("--man") { Description = $"prints a manual page: {string.Join(", ", ManualPages.Names)}" };
        man.AcceptOnlyFromAmong([.. ManualPages.Names]);
        command.Arguments.Add(id);
        command.Options.Add(man);
        command.SetAction(parsed => parsed.GetValue(man) is { } page
            ? WriteManual(page, parsed.RootCommandResult.Command, terminal)
            : Write(parsed.GetValue(id), terminal));
        return command;
    }

    private static int WriteManual(string page, Command root, Terminal terminal)
    {
        new ManualPages(terminal.Output, VersionCommand.Version).Write(page, root);
        return ExitCodes.Ok;
    }

    private static int Write(string? id, Terminal terminal)
    {
        if (id is null)
        {
            new ReferenceWriter(terminal.Output).Write();
            return ExitCodes.Ok;
        }

        if (DiagnosticBook.Find(id) is { } entry)
        {
            terminal.Output.Write(entry);
            return ExitCodes.Ok;
        }

        terminal.Error.WriteLine($"pmilter: there is no diagnostic '{id}'; ids look like PM104.");
        return ExitCodes.Usage;
    }
}
