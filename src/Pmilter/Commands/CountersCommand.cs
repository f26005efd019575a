using System.CommandLine;
using Pmilter.Admin;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter counters</c>: what the running server counts, and forgetting it.</summary>
internal static class CountersCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "counters",
            "What the running server counts: all counters, the highest keys of one, or one key. Example: pmilter counters top same_from")
        {
            Top(terminal),
            Show(terminal),
            Reset(terminal),
        };
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed, terminal, client => client.GetAsync("counters", AdminJson.Default.CountersAnswer, stop), AdminJson.Default.CountersAnswer, answer => Print(answer, terminal)));
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "policy/counter, or the counter alone where that is clear" };

    private static Argument<string[]> Key(ArgumentArity arity) =>
        new("KEY") { Description = "the key, its parts as separate words", Arity = arity };

    private static Command Top(Terminal terminal)
    {
        var command = new Command("top", "The keys with the highest counts. Example: pmilter counters top bulk_by_country/same_from --count 5");
        var name = Name();
        var count = new Option<int>("--count", "-n") { Description = "at most that many", DefaultValueFactory = _ => 20 };
        command.Arguments.Add(name);
        command.Options.Add(count);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.GetAsync($"counters/top{AdminOptions.Query(parsed.GetValue(name)!, [])}&count={parsed.GetValue(count)}", AdminJson.Default.KeysAnswer, stop),
            AdminJson.Default.KeysAnswer,
            answer => Print(answer, terminal)));
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var command = new Command("show", "One key: its count, the limits on it, holds that run. Example: pmilter counters show same_from a@spam.example");
        var name = Name();
        var key = Key(ArgumentArity.ZeroOrMore);
        command.Arguments.Add(name);
        command.Arguments.Add(key);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.GetAsync($"counters/key{AdminOptions.Query(parsed.GetValue(name)!, KeyOf(parsed, key))}", AdminJson.Default.KeyAnswer, stop),
            AdminJson.Default.KeyAnswer,
            answer => Print(answer, KeyOf(parsed, key), terminal)));
        return command;
    }

    private static Command Reset(Terminal terminal)
    {
        var command = new Command("reset", "Forgets what one key has counted, or every key, and ends the holds that came of it. Ends with 1 when there was nothing. Example: pmilter counters reset same_from a@spam.example");
        var name = Name();
        var key = Key(ArgumentArity.ZeroOrMore);
        var all = new Option<bool>("--all") { Description = "every key" };
        command.Arguments.Add(name);
        command.Arguments.Add(key);
        command.Options.Add(all);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(key) is { Length: > 0 }))
            {
                result.AddError("Give either a key or --all.");
            }
        });
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.PostAsync($"counters/reset{AdminOptions.Query(parsed.GetValue(name)!, parsed.GetValue(key) ?? [])}{OperatorName.Query}", AdminJson.Default.DoneAnswer, stop),
            AdminJson.Default.DoneAnswer,
            answer =>
            {
                terminal.Output.WriteLine($"{answer.Name}: {answer.Changed} {(answer.Changed == 1 ? "key" : "keys")} forgotten, with the holds on {(answer.Changed == 1 ? "it" : "them")}. Bans stay; 'pmilter bans rm' lifts one.");
                return answer.Changed > 0 ? ExitCodes.Ok : ExitCodes.Findings;
            }));
        return command;
    }

    /// <summary>A counter without a key has one key, the empty one.</summary>
    private static string[] KeyOf(ParseResult parsed, Argument<string[]> key) => parsed.GetValue(key) is { Length: > 0 } given ? given : [string.Empty];

    private static int Print(CountersAnswer answer, Terminal terminal)
    {
        if (answer.Degraded)
        {
            terminal.Error.WriteLine($"The shared store ({answer.Store}) does not answer: these are this server's own counters.");
        }

        var table = new TextTable("COUNTER", "COUNTS", "WINDOW", "BY", "KEYS", "MEMORY", "EVICTED", "LIMITS");
        foreach (var counter in answer.Counters)
        {
            table.Add(
                counter.Name,
                counter.Counts,
                counter.WindowSeconds > 0 ? StateText.Span(TimeSpan.FromSeconds(counter.WindowSeconds)) : "-",
                counter.Key.Length > 0 ? counter.Key : "-",
                StateText.Number(counter.Keys),
                StateText.Bytes(counter.Bytes),
                StateText.Number(counter.Evictions),
                counter.Limits.Count > 0 ? string.Join("; ", counter.Limits) : "-");
        }

        table.Write(terminal.Output);
        NoteShadows(answer.Counters.Select(counter => counter.Name), terminal);
        return ExitCodes.Ok;
    }

    private static int Print(KeysAnswer answer, Terminal terminal)
    {
        foreach (var limit in answer.Limits)
        {
            terminal.Error.WriteLine($"limit {limit}");
        }

        var table = new TextTable(answer.Key.Length > 0 ? answer.Key.ToUpperInvariant() : "KEY", "COUNT", string.Empty);
        var highest = answer.Keys.Count > 0 ? answer.Keys[0].Count : 0;
        foreach (var key in answer.Keys)
        {
            table.Add(StateText.Key(key.Key), $"{(key.Exact ? string.Empty : "~")}{StateText.Number(key.Count)}", Toned.Good(StateText.Bar(key.Count, highest)));
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }

    private static int Print(KeyAnswer answer, IReadOnlyList<string> key, Terminal terminal)
    {
        var how = answer.Found is { Exact: false } ? "about, in slots of 1/60 of the window or from a sample" : "exact";
        terminal.Output.WriteLine($"{answer.Counter} [{StateText.Key(key)}]");
        terminal.Output.WriteLine($"count  {StateText.Number(answer.Found?.Count ?? 0)} {(answer.WindowSeconds > 0 ? $"in {StateText.Span(TimeSpan.FromSeconds(answer.WindowSeconds))}" : "open now")} ({how})");
        foreach (var limit in answer.Limits)
        {
            terminal.Output.WriteLine($"limit  {limit}");
        }

        foreach (var hold in answer.Holds)
        {
            terminal.Output.WriteLine($"held   by {hold.Name} until {StateText.Until(hold.Until, TimeProvider.System.GetUtcNow())}");
        }

        return ExitCodes.Ok;
    }

    private static void NoteShadows(IEnumerable<string> names, Terminal terminal)
    {
        if (names.Any(name => name.EndsWith(Policies.State.GreylistDefinition.ShadowSuffix, StringComparison.Ordinal)))
        {
            terminal.Error.WriteLine(StateText.ShadowNote);
        }
    }
}
