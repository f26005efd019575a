using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Wire;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter ping</c>: connects and negotiates as an MTA does, and nothing more; for health checks and monitoring.</summary>
internal static class PingCommand
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(1);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "ping",
            "Connects to a milter, negotiates and leaves: is it there, and does it answer? Ends with 0 when it does, 3 when not. "
            + "Example: pmilter ping unix:/run/pmilter/pmilter.sock --timeout 2s");
        var site = new SiteOptions();
        var target = new Argument<string?>("ADDRESS") { Description = "inet:HOST:PORT or unix:PATH; default: the first of server.listen", Arity = ArgumentArity.ZeroOrOne };
        var timeout = new Option<string>("--timeout") { Description = "how long it may take", DefaultValueFactory = _ => "5s" };
        command.Arguments.Add(target);
        command.Options.Add(site.Configuration);
        command.Options.Add(timeout);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(target) is { } given ? Parse(given) : First(site.Read(parsed).Settings),
            DurationOption.Read("--timeout", parsed.GetValue(timeout)!, LongestPatience),
            terminal,
            TimeProvider.System,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(MilterAddress address, TimeSpan patience, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            var client = await MilterClient.DialAsync(address, null, either.Token).ConfigureAwait(false);
            await using var _ = client.ConfigureAwait(false);
            var took = time.GetElapsedTime(started);
            await client.QuitAsync(either.Token).ConfigureAwait(false);
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{address} answers: milter version {client.Agreed?.Version}, {took.TotalMilliseconds:F1} ms"));
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            terminal.Error.WriteLine($"pmilter: {address} took the connection and did not answer within {patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (SocketException error)
        {
            terminal.Error.WriteLine($"pmilter: nobody answers on {address}: {error.Message}");
        }
        catch (Exception error) when (error is MilterClientException or ProtocolException or IOException)
        {
            terminal.Error.WriteLine($"pmilter: {address} does not answer as a milter: {error.Message}");
        }

        return ExitCodes.Unreachable;
    }

    private static MilterAddress Parse(string text) => MilterAddress.TryParse(text, out var address, out var error) ? address : throw new ServerStartException(error);

    /// <summary>One that listens everywhere is asked on this machine.</summary>
    private static MilterAddress First(ServerSettings settings) => settings.Listen[0] switch
    {
        { Address: null } => throw new ServerStartException("The first listener is a socket of systemd's; name its address: pmilter ping unix:/run/pmilter/pmilter.sock"),
        { Address: { Host: "*" } everywhere } => everywhere with { Host = everywhere.Kind == MilterAddressKind.Inet6 ? "::1" : "127.0.0.1" },
        { Address: var address } => address,
    };
}
