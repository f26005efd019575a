using System.CommandLine;
using System.Globalization;
using System.Net;
using Pmilter.Protocol.Transports;

namespace Pmilter.Load;

/// <summary><c>compare</c>: loads several filters in turn, round by round, so that what else the machine does falls on all of them alike.</summary>
internal static class CompareCommand
{
    private static readonly int[] ConnectionCounts = [1, 8, 64];

    public static Command Create()
    {
        var targets = new Argument<string[]>("filters") { Description = "NAME=ADDRESS@PID each, such as pmilter=unix:/tmp/p.sock@4711; ratios are to the first.", Arity = ArgumentArity.OneOrMore };
        var messages = new Option<int>("--messages") { Description = "Messages in each run.", DefaultValueFactory = _ => 10_000 };
        var rounds = new Option<int>("--rounds") { Description = "Runs of each; medians are printed.", DefaultValueFactory = _ => 3 };
        var perConnection = new Option<int>("--per-connection") { Description = "Messages before a connection quits.", DefaultValueFactory = _ => 1 };
        var clientNet = new Option<string>("--client-net") { Description = "Where the clients are, IPv4.", DefaultValueFactory = _ => "77.88.0.0/18" };
        var command = new Command("compare", "Loads filters in turn and prints what each managed, as a Markdown table.") { targets, messages, rounds, perConnection, clientNet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filters = new List<(string Name, LoadOptions Options)>();
            foreach (var text in parsed.GetValue(targets)!)
            {
                var options = Read(text, out var name, out var error);
                if (options is null)
                {
                    await Console.Error.WriteLineAsync(error);
                    return 2;
                }

                filters.Add((name, options with
                {
                    Messages = parsed.GetValue(messages),
                    PerConnection = parsed.GetValue(perConnection),
                    ClientNet = IPNetwork.Parse(parsed.GetValue(clientNet)!),
                }));
            }

            Console.WriteLine("| filter | connections | msg/s | to the first | p99 ms | CPU s/1000 | RSS MB |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            var hasErrors = false;
            foreach (var connections in ConnectionCounts)
            {
                hasErrors |= await RoundsAsync(filters, connections, parsed.GetValue(rounds), cancellationToken);
            }

            return hasErrors ? 1 : 0;
        });
        return command;
    }

    private static async Task<bool> RoundsAsync(List<(string Name, LoadOptions Options)> filters, int connections, int rounds, CancellationToken cancellationToken)
    {
        var results = filters.Select(_ => new List<LoadResult>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < filters.Count; i++)
            {
                var result = await new LoadRun(filters[i].Options with { Connections = connections }).RunAsync(cancellationToken);
                if (round > 0)
                {
                    // The first round warms up.
                    results[i].Add(result);
                }
            }
        }

        var medians = results.Select(r => r.OrderBy(one => one.Rate).ElementAt(r.Count / 2)).ToArray();
        for (var i = 0; i < medians.Length; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {filters[i].Name} | {connections} | {medians[i].Rate:0} | {medians[i].Rate / medians[0].Rate:0.00} | {medians[i].At(0.99):0.0} | {medians[i].CpuPerThousand:0.000} | {medians[i].ResidentBytes / 1048576.0:0} |"));
            foreach (var error in results[i].SelectMany(r => r.Errors))
            {
                Console.WriteLine($"error of {filters[i].Name}, {error.Value} times: {error.Key}");
            }
        }

        return results.Any(filter => filter.Any(r => r.Errors.Count > 0));
    }

    private static LoadOptions? Read(string text, out string name, out string error)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var at = text.LastIndexOf('@');
        name = equals > 0 ? text[..equals] : "";
        error = $"'{text}': expected NAME=ADDRESS@PID, such as pmilter=unix:/tmp/p.sock@4711.";
        if (equals < 1 || at < equals || !int.TryParse(text[(at + 1)..], CultureInfo.InvariantCulture, out var process)
            || !MilterAddress.TryParse(text[(equals + 1)..at], out var address, out _))
        {
            return null;
        }

        return new LoadOptions
        {
            Target = address,
            Connections = 1,
            Messages = 0,
            PerConnection = 1,
            Recipients = 1,
            Headers = 10,
            BodyBytes = 4096,
            Clients = 10_000,
            ClientNet = default,
            Senders = 50_000,
            Logins = 5_000,
            ProcessId = process,
        };
    }
}
