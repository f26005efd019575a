using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Greylisting;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter greylist import</c>: whom another greylist lets through, this one lets through.</summary>
internal static class GreylistImportCommand
{
    /// <summary>A request's line has 8 kB.</summary>
    private const int BatchCharacters = 6000;

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "import",
            "Takes over whom another greylist lets through: milter-greylist's dump file, or a postgrey database printed by 'db_dump -p postgrey.db'. Tuples that still wait are left out. "
            + "Example: pmilter greylist import unknown_clients /var/lib/milter-greylist/db/greylist.db");
        var name = new Argument<string>("NAME") { Description = "policy/greylist, or the greylist alone where that is clear" };
        var file = new Argument<string>("FILE") { Description = "the dump" };
        command.Arguments.Add(name);
        command.Arguments.Add(file);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var tuples = Read(parsed.GetValue(file)!, out var ignored);
            return options.AskAsync(
                parsed,
                terminal,
                client => ImportAsync(client, parsed.GetValue(name)!, tuples, stop),
                AdminJson.Default.DoneAnswer,
                answer => terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.Name}: {answer.Changed} of {tuples.Count} tuples that have passed were taken over{(ignored > 0 ? $"; {ignored} lines were not understood" : string.Empty)}.")),
                answer => answer.Changed > 0 ? ExitCodes.Ok : ExitCodes.Findings);
        });
        return command;
    }

    private static IReadOnlyList<KnownTuple> Read(string path, out int ignored)
    {
        try
        {
            return GreylistDump.Read(File.ReadLines(path, System.Text.Encoding.Latin1), out ignored);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Cannot read {path}: {error.Message}", error);
        }
    }

    private static async Task<DoneAnswer> ImportAsync(AdminClient client, string name, IReadOnlyList<KnownTuple> tuples, CancellationToken stop)
    {
        var greylist = await client.GetAsync($"greylists/entries{AdminOptions.Query(name, [])}&count=1", AdminJson.Default.GreylistAnswer, stop).ConfigureAwait(false);
        var keys = new TupleKeys(greylist.Name, greylist.Key);
        var taken = 0;
        var batch = new List<string>();
        var length = 0;
        foreach (var tuple in tuples)
        {
            var entry = $"{tuple.Until?.ToUnixTimeSeconds() ?? 0}:{keys.Of(tuple)}";
            batch.Add(entry);
            length += Uri.EscapeDataString(entry).Length + "&key=".Length;
            if (length >= BatchCharacters)
            {
                taken += await SendAsync(string.Empty).ConfigureAwait(false);
            }
        }

        taken += await SendAsync(string.Create(CultureInfo.InvariantCulture, $"&tuples={tuples.Count}")).ConfigureAwait(false);
        return new DoneAnswer(greylist.Name, taken);

        async Task<int> SendAsync(string last)
        {
            var answer = await client.PostAsync($"greylists/import{AdminOptions.Query(greylist.Name, batch)}{last}{OperatorName.Query}", AdminJson.Default.DoneAnswer, stop).ConfigureAwait(false);
            batch.Clear();
            length = 0;
            return answer.Changed;
        }
    }
}
