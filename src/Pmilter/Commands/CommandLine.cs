using System.CommandLine;
using Pmilter.Protocol.Wire;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>All verbs together.</summary>
internal static class CommandLine
{
    private const string Newcomer = """
        pmilter: a mail filter server whose behaviour is written as YAML policies.

          1. pmilter check                               is everything written well?
          2. pmilter run                                 start (pmilter.yaml, inet:127.0.0.1:8895)
          3. postconf -e smtpd_milters=inet:127.0.0.1:8895 && postfix reload
          4. pmilter send inet:127.0.0.1:8895 --client 203.0.113.9 --from a@b.example --to c@d.example

        'pmilter --help' lists all verbs, 'pmilter VERB --help' explains one and gives an example.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var parsed = Root(terminal).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Error.WriteLine($"pmilter: {error.Message}");
            }

            terminal.Error.WriteLine($"'{Name(parsed.CommandResult.Command)} --help' explains it.");
            return ExitCodes.Usage;
        }

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
            terminal.Error.WriteLine($"pmilter: {error.Message}");
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Unreachable;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ProtocolException)
        {
            terminal.Error.WriteLine($"pmilter: {error.Message}");
            return ExitCodes.Unreachable;
        }
    }

    private static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("A mail filter server (milter) for Postfix and Sendmail whose behaviour is written as YAML policies.")
        {
            RunCommand.Create(terminal),
            CheckCommand.Create(terminal),
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
            SendCommand.Create(terminal),
            PingCommand.Create(terminal),
            CountersCommand.Create(terminal),
            BansCommand.Create(terminal),
            GreylistCommand.Create(terminal),
            ImportCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            VersionCommand.Create(terminal),
        };
        root.SetAction(_ =>
        {
            terminal.Output.WriteLine(Newcomer);
            return ExitCodes.Ok;
        });
        return root;
    }

    private static string Name(Command command) => command is RootCommand
        ? "pmilter"
        : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Name(parent) : "pmilter")} {command.Name}";
}
