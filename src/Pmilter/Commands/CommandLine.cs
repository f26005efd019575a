using System.CommandLine;
using Pmilter.Protocol.Wire;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>All verbs together.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var parsed = Parse(arguments, terminal);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Fail(terminal, error.Message);
            }

            terminal.Error.WriteLine($"'{Name(parsed.CommandResult.Command)} --help' explains it.");
            return ExitCodes.Usage;
        }

        terminal.UseColours(parsed.GetValue<string>("--color")!);

        // Signals are the server's own matter: it drains.
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (ServerStartException error)
        {
            Fail(terminal, error.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Unreachable;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ProtocolException)
        {
            Fail(terminal, error.Message);
            return ExitCodes.Unreachable;
        }
    }

    /// <summary>What the words mean; nothing is run.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments, Terminal terminal)
    {
        // @example.jp is a domain, not a file of further arguments.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        return Root(terminal).Parse(arguments, configuration);
    }

    private static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("A mail filter server (milter) for Postfix and Sendmail whose behaviour is written as YAML policies.")
        {
            RunCommand.Create(terminal),
            UpgradeCommand.Create(terminal),
            CheckCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            RulesCommand.Create(terminal),
            FieldsCommand.Create(terminal),
            InitCommand.Create(terminal),
            PromoteCommand.Create(terminal),
            SchemaCommand.Create(terminal),
            DocsCommand.Create(terminal),
            GeoipCommand.Create(terminal),
            TestCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            SimulateCommand.Create(terminal),
            ReplayCommand.Create(terminal),
            FindCommand.Create(terminal),
            SendCommand.Create(terminal),
            StatusCommand.Create(terminal),
            PageCommand.Create(terminal),
            ReloadCommand.Create(terminal),
            HistoryCommand.Create(terminal),
            DiffCommand.Create(terminal),
            RollbackCommand.Create(terminal),
            PingCommand.Create(terminal),
            ModeCommand.Create(terminal),
            BlockCommand.Create(terminal),
            CountersCommand.Create(terminal),
            BansCommand.Create(terminal),
            GreylistCommand.Create(terminal),
            ListsCommand.Create(terminal),
            NotifyCommand.Create(terminal),
            ImportCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            VersionCommand.Create(terminal),
        };
        root.SetAction(_ =>
        {
            NewcomerPage.Write(terminal.Output);
            return ExitCodes.Ok;
        });
        root.Options.Add(ColourOption.Create());
        HelpPage.Replace(root, terminal.Output);
        return root;
    }

    private static void Fail(Terminal terminal, string message)
    {
        terminal.Error.Put(Toned.Bad("pmilter:"));
        terminal.Error.WriteLine($" {message}");
    }

    private static string Name(Command command) => command is RootCommand
        ? "pmilter"
        : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Name(parent) : "pmilter")} {command.Name}";
}
