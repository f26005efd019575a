using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Pmilter.Load;
using Pmilter.Protocol.Transports;

var target = new Argument<string>("target") { Description = "The filter: inet:127.0.0.1:8895 or unix:/path." };
var connections = new Option<int[]>("--connections") { Description = "Connections at once; several numbers are run one after the other.", DefaultValueFactory = _ => [1, 8, 64], AllowMultipleArgumentsPerToken = true };
var messages = new Option<int>("--messages") { Description = "Messages in each run.", DefaultValueFactory = _ => 20_000 };
var perConnection = new Option<int>("--per-connection") { Description = "Messages before a connection quits.", DefaultValueFactory = _ => 1 };
var recipients = new Option<int>("--recipients") { DefaultValueFactory = _ => 1 };
var headers = new Option<int>("--headers") { DefaultValueFactory = _ => 10 };
var body = new Option<int>("--body") { Description = "Bytes of body.", DefaultValueFactory = _ => 4096 };
var clients = new Option<int>("--clients") { Description = "Different client addresses.", DefaultValueFactory = _ => 1000 };
var clientNet = new Option<string>("--client-net") { Description = "Where the clients are, IPv4; the default is reserved for benchmarks (RFC 2544).", DefaultValueFactory = _ => "198.18.0.0/15" };
var senders = new Option<int>("--senders") { Description = "Different senders.", DefaultValueFactory = _ => 1000 };
var logins = new Option<int>("--logins") { Description = "Different logins; every other connection has one; 0 for none." };
var process = new Option<int>("--pid") { Description = "The filter's process id, to print its CPU time and memory." };
var repeat = new Option<int>("--repeat") { Description = "Runs of each; the one with the median rate is printed.", DefaultValueFactory = _ => 1 };
var phases = new Option<bool>("--phases") { Description = "Prints how long the reply to each command took, too." };
var root = new RootCommand("Loads a milter as Postfix would and prints what it managed. Any deviation from the protocol is an error.")
{
    target, connections, messages, perConnection, recipients, headers, body, clients, clientNet, senders, logins, process, repeat, phases,
};
root.Subcommands.Add(BlankCommand.Create());
root.Subcommands.Add(CompareCommand.Create());
root.SetAction(async (parsed, cancellationToken) =>
{
    if (!MilterAddress.TryParse(parsed.GetValue(target)!, out var address, out var error))
    {
        await Console.Error.WriteLineAsync(error);
        return 2;
    }

    if (!IPNetwork.TryParse(parsed.GetValue(clientNet), out var net) || net.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
    {
        await Console.Error.WriteLineAsync("--client-net: expected an IPv4 network such as 198.18.0.0/15.");
        return 2;
    }

    Console.WriteLine(LoadResult.Header);
    var hasErrors = false;
    foreach (var count in parsed.GetValue(connections)!)
    {
        var options = new LoadOptions
        {
            Target = address,
            Connections = count,
            Messages = parsed.GetValue(messages),
            PerConnection = parsed.GetValue(perConnection),
            Recipients = parsed.GetValue(recipients),
            Headers = parsed.GetValue(headers),
            BodyBytes = parsed.GetValue(body),
            Clients = parsed.GetValue(clients),
            ClientNet = net,
            TimesPhases = parsed.GetValue(phases),
            Senders = parsed.GetValue(senders),
            Logins = parsed.GetValue(logins),
            ProcessId = parsed.GetValue(process),
        };
        await new LoadRun(options with { Messages = Math.Max(count, options.Messages / 10) }).RunAsync(cancellationToken);
        var results = new List<LoadResult>();
        for (var i = 0; i < parsed.GetValue(repeat); i++)
        {
            results.Add(await new LoadRun(options).RunAsync(cancellationToken));
        }

        var median = results.OrderBy(r => r.Rate).ElementAt(results.Count / 2);
        Console.WriteLine(median);
        hasErrors |= results.Any(r => r.Errors.Count > 0);
    }

    return hasErrors ? 1 : 0;
});
return await root.Parse(args).InvokeAsync();
