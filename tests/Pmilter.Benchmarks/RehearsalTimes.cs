using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pmilter.Commands;

namespace Pmilter.Benchmarks;

/// <summary>
/// How long authors wait: <c>check</c> on 500 rules, the tests of the shipped policies, a replay of a million decisions through them.
/// Each verb runs twice in this process; the second time tells it without the compiler's start.
/// </summary>
internal static class RehearsalTimes
{
    private const int Rules = 500;
    private const int Decisions = 1_000_000;

    /// <param name="root">The repository.</param>
    public static async Task PrintAsync(string root, TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("pmilter-times-").FullName;
        try
        {
            WriteRules(folder);
            WriteDecisions(Path.Combine(folder, "decisions.jsonl"));
            var shipped = Path.Combine(root, "pmilter.yaml");
            await TimeAsync(output, $"check of {Rules} rules", ["check", "-c", Path.Combine(folder, "pmilter.yaml")]);
            await TimeAsync(output, "tests of the shipped policies", ["test", "-c", shipped]);
            var took = await TimeAsync(output, $"replay of {Decisions:N0} decisions", ["replay", "-c", shipped, "--log", Path.Combine(folder, "decisions.jsonl")]);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{Decisions / took.TotalSeconds:N0} decisions a second, {Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000:N0} MB at most"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<TimeSpan> TimeAsync(TextWriter output, string what, string[] arguments)
    {
        var took = TimeSpan.Zero;
        for (var round = 1; round <= 2; round++)
        {
            var said = new StringWriter(CultureInfo.InvariantCulture);
            var began = Stopwatch.GetTimestamp();
            var exitCode = await Pmilter.Commands.CommandLine.RunAsync(arguments, new Terminal(said, said), CancellationToken.None);
            took = Stopwatch.GetElapsedTime(began);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}, round {round}: {took.TotalSeconds:0.000} s, exit {exitCode}: {said.ToString().TrimEnd().Split('\n')[^1]}"));
        }

        return took;
    }

    private static void WriteRules(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        File.WriteAllText(Path.Combine(folder, "pmilter.yaml"), string.Empty);
        for (var file = 0; file < Rules / 50; file++)
        {
            var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"policy: p{file}\ncounters:\n  all: {{ phase: eoh, count: messages, key: [mail_from], window: 1h }}\nlists:\n  some: {{ type: domain, items: ['.a.example', 'b.example'] }}\nrules:\n");
            for (var rule = 0; rule < 50; rule++)
            {
                text.Append(CultureInfo.InvariantCulture, $"  - id: r{rule}\n    phase: eoh\n    when: \"in_list(mail_from_domain, 'some') and contains(subject, 'word{rule}') or header_count > {rule}\"\n    limit: {{ counter: all, max: {rule + 1} }}\n    then:\n      - tempfail: '4.7.1 Wait {{retry_after}}'\n");
            }

            File.WriteAllText(Path.Combine(folder, "policies", $"{file}0.yaml"), text.ToString());
        }
    }

    private static void WriteDecisions(string path)
    {
        var random = new Random(1);
        string[] countries = ["RU", "JP", "US", "NG"];
        using var file = new StreamWriter(path);
        for (var i = 0; i < Decisions; i++)
        {
            var time = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(i * 50L).UtcDateTime;
            var client = string.Create(CultureInfo.InvariantCulture, $"203.0.{i % 100}.{random.Next(1, 250)}");
            var from = string.Create(CultureInfo.InvariantCulture, $"u{random.Next(2_000)}@spam.example");
            file.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"time":"{{{time:yyyy-MM-ddTHH:mm:ss.ffffffZ}}}","id":"","session":"{{{i:x4}}}","revision":"1","client":{"ip":"{{{client}}}","country":"{{{countries[i % 4]}}}","asn":0,"name":""},"helo":"x.example","mail_from":"{{{from}}}","rcpt":["bob@example.jp"],"sasl_login":"","queue_id":"S{{{i}}}","phase":"eom","verdict":"continue","policy":"","rule":"","mode":"","reply":"","would":[],"counters":{},"took_us":38,"values":{"client_ip":"{{{client}}}","client_country":"{{{countries[i % 4]}}}","origin":"smtp","mail_from":"{{{from}}}","authenticated":false,"header_from":"{{{from}}}","header_from_name":"","subject":"hello","size":2000}}"""));
        }
    }
}
