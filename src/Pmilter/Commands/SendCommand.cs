using System.CommandLine;
using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;
using Pmilter.Rehearsal;

namespace Pmilter.Commands;

/// <summary><c>pmilter send</c>: the MTA's side, towards any milter.</summary>
internal static class SendCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "send",
            "Acts as the MTA towards any milter and prints every answer. Ends with 0 when the mail goes through, 1 when it is refused, 3 when nobody answers. "
            + "Example: pmilter send inet:127.0.0.1:8895 --client 203.0.113.9 --from a@spam.example --to bob@example.jp --header 'Subject: hello'");
        var options = new SendOptions();
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, options, terminal, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, SendOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        if (!MilterAddress.TryParse(parsed.GetValue(options.Target)!, out var address, out var mistake))
        {
            terminal.Error.WriteLine($"pmilter: {mistake}");
            return ExitCodes.Usage;
        }

        if (parsed.GetValue(options.Eml) is { Exists: false } missing)
        {
            terminal.Error.WriteLine($"pmilter: there is no file {missing}");
            return ExitCodes.Usage;
        }

        try
        {
            return await SendAsync(address, parsed, options, terminal, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            terminal.Error.WriteLine($"pmilter: nobody answers on {address}: {error.Message}");
            return ExitCodes.Unreachable;
        }
        catch (MilterClientException error)
        {
            terminal.Error.WriteLine($"pmilter: the milter broke the protocol: {error.Message}");
            return ExitCodes.Unreachable;
        }
    }

    private static async Task<int> SendAsync(
        MilterAddress address, ParseResult parsed, SendOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        var client = await MilterClient.DialAsync(address, null, cancellationToken).ConfigureAwait(false);
        await using var _ = client.ConfigureAwait(false);
        options.SetMacros(parsed, client.Macros);
        var sender = new MessageSender(client);
        Write(terminal, await sender.BeginAsync(options.ClientFacts(parsed), parsed.GetValue(options.Helo), cancellationToken).ConfigureAwait(false));
        var exitCode = ExitCodes.Ok;
        for (var number = 1; number <= parsed.GetValue(options.Count); number++)
        {
            var outcome = await sender.SendAsync(options.Message(parsed, number), cancellationToken).ConfigureAwait(false);
            Write(terminal, outcome.Steps);
            WriteChanges(terminal, outcome.Message);
            if (!Passes(outcome))
            {
                exitCode = ExitCodes.Findings;
            }
        }

        await client.QuitAsync(cancellationToken).ConfigureAwait(false);
        return exitCode;
    }

    private static bool Passes(MessageOutcome outcome) =>
        outcome.Accepted.Count > 0 && outcome.Final.Kind is VerdictKind.Continue or VerdictKind.Accept or VerdictKind.Skip;

    private static void Write(Terminal terminal, IEnumerable<SentStep> steps)
    {
        foreach (var step in steps)
        {
            var reply = step.Reply.Code == ReplyCode.None ? "-" : step.Reply.ToString().Replace("\r\n", "\n           ", StringComparison.Ordinal);
            terminal.Output.WriteLine($"{Word(step.Command),-10} {reply}{(step.Subject.Length > 0 ? $"  ({step.Subject})" : string.Empty)}");
        }
    }

    private static void WriteChanges(Terminal terminal, MessageReply? message)
    {
        foreach (var modification in message?.Modifications ?? [])
        {
            terminal.Output.WriteLine($"{string.Empty,-10} {ModificationText.Of(modification)}");
        }

        if (message?.QuarantineReason is { } reason)
        {
            terminal.Output.WriteLine($"{string.Empty,-10} quarantine: {reason}");
        }
    }

    /// <summary>The phases' words.</summary>
    private static string Word(CommandCode command) => command switch
    {
        CommandCode.EndOfHeaders => "eoh",
        CommandCode.EndOfMessage => "eom",
        _ => command.ToString().ToLowerInvariant(),
    };
}
