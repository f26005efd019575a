using System.CommandLine;
using System.Diagnostics;
using Pmilter.Fuzz.Runs;

namespace Pmilter.Fuzz;

/// <summary>Tries what others write against the parts that read it. Nothing is timed but the rate that is shown, and the watchdog.</summary>
internal static class Program
{
    private const long Batch = 1000;
    private const ulong DefaultSeed = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int Main(string[] arguments)
    {
        var target = new Argument<string?>("target") { Arity = ArgumentArity.ZeroOrOne, Description = string.Join(", ", FuzzTargets.All.Select(t => t.Target.Name)) };
        var count = new Option<long>("--count") { DefaultValueFactory = _ => 100_000, Description = "How many inputs; with --all over all targets together" };
        var seed = new Option<ulong>("--seed") { DefaultValueFactory = _ => DefaultSeed };
        var at = new Option<long?>("--at") { Description = "Tries the input of this number alone" };
        var all = new Option<bool>("--all") { Description = "Every target, each its share" };
        var root = new RootCommand("Tries what others write against the parts of Pmilter that read it.") { target, count, seed, at, all };
        root.SetAction(parse => Run(parse.GetValue(target), parse.GetValue(all), parse.GetValue(count), parse.GetValue(seed), parse.GetValue(at)));
        return root.Parse(arguments).Invoke();
    }

    private static int Run(string? name, bool isAll, long count, ulong seed, long? at)
    {
        var chosen = FuzzTargets.All.Where(t => isAll || t.Target.Name == name).ToList();
        if (chosen.Count == 0)
        {
            Console.Error.WriteLine($"'{name}' is no target; expected {string.Join(", ", FuzzTargets.All.Select(t => t.Target.Name))}, or --all.");
            return 2;
        }

        var shares = chosen.Sum(t => (double)t.Share);
        var found = 0;
        var total = 0L;
        foreach (var (target, share) in chosen)
        {
            var mine = at is null ? (long)(count * share / shares) : 1;
            found += Run(target, mine, seed, at ?? 0) ? 0 : 1;
            total += mine;
        }

        Console.WriteLine($"{total} inputs, {found} targets with a finding (seed {seed})");
        return found == 0 ? 0 : 1;
    }

    private static bool Run(IFuzzTarget target, long count, ulong seed, long first)
    {
        var run = new FuzzRun(target, seed);
        using var watchdog = new Timer(_ => run.Watch(Patience), null, Patience, Patience);
        var clock = Stopwatch.StartNew();
        for (var done = 0L; done < count; done += Batch)
        {
            if (run.Try(first + done, Math.Min(Batch, count - done)) is { } finding)
            {
                Console.WriteLine($"FOUND {finding}");
                return false;
            }
        }

        Console.WriteLine($"{target.Name,-14} {count,12} inputs {count / Math.Max(clock.Elapsed.TotalSeconds, 0.001),12:0}/s  {target.Promise}");
        return true;
    }
}
