using System.Collections.Frozen;
using System.Diagnostics;
using System.Net;
using System.Text;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Benchmarks;

/// <summary>Loading, memory and lookups of lists of a million entries: <c>dotnet run -c Release -- lists</c>.</summary>
internal static class ListTimes
{
    public const int Entries = 1_000_000;
    public const int Probes = 200_000;

    public static void Print(TextWriter to)
    {
        to.WriteLine("list        load ms   MB held   hit ns   miss ns   allocated B/lookup");
        foreach (var (name, type, text) in Samples())
        {
            for (var round = 0; round < 2; round++)
            {
                Measure(to, name, type, text);
            }
        }

        Compare(to);
        Swap(to, "networks", "cidr", ListSamples.Networks(Entries));
        Swap(to, "domains", "domain", ListSamples.Domains(Entries));
    }

    /// <summary>What look-ups feel while the list is read again beside them.</summary>
    private static void Swap(TextWriter to, string name, string type, string text)
    {
        var list = (FileList)Load(type, text);
        var addresses = type == "cidr" ? Strangers() : [];
        var words = Chosen(text);
        var (quiet, quietLongest) = Ask(list, addresses, words, () => false);
        var reload = Task.Factory.StartNew(
            () =>
            {
                var watch = Stopwatch.StartNew();
                list.Refresh(new OneFile(text), new ListReading { Now = DateTimeOffset.UnixEpoch, InForce = (_, _) => null });
                return watch.ElapsedMilliseconds;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var (busy, busyLongest) = Ask(list, addresses, words, () => !reload.IsCompleted);
        to.WriteLine($"{name}: read again in {reload.Result} ms; a look-up takes {quiet:0} ns, at most {quietLongest:0.0} ms, and meanwhile {busy:0} ns, at most {busyLongest:0.0} ms");
    }

    /// <summary>Once round, and on as long as it is asked for.</summary>
    private static (double Nanoseconds, double LongestMilliseconds) Ask(MailList list, IPAddress[] addresses, string[] words, Func<bool> goesOn)
    {
        var longest = 0L;
        var found = 0;
        var asked = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            for (var i = 0; i < Probes; i++)
            {
                var start = Stopwatch.GetTimestamp();
                found += (addresses.Length > 0 ? list.Contains(addresses[i]) : list.Contains(words[i])) ? 1 : 0;
                longest = Math.Max(longest, Stopwatch.GetTimestamp() - start);
            }

            asked += Probes;
        }
        while (goesOn());

        GC.KeepAlive(found);
        return (watch.Elapsed.TotalNanoseconds / asked, longest * 1000.0 / Stopwatch.Frequency);
    }

    private static IEnumerable<(string Name, string Type, string Text)> Samples()
    {
        yield return ("networks", "cidr", ListSamples.Networks(Entries));
        yield return ("domains", "domain", ListSamples.Domains(Entries));
        yield return ("addresses", "address", ListSamples.Addresses(Entries));
        yield return ("texts", "text", ListSamples.Domains(Entries));
    }

    private static void Measure(TextWriter to, string name, string type, string text)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var list = Load(type, text);
        var load = watch.ElapsedMilliseconds;
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        var hits = Chosen(text).Select(line => type == "domain" && line[0] == '.' ? "mail" + line : type == "address" && line[0] == '@' ? "user" + line : line).ToArray();
        var misses = hits.Select(hit => type == "address" ? $"x{hit}.invalid" : $"{hit}x").ToArray();
        var (hit, miss, bytes) = type == "cidr"
            ? Lookups(list.Contains, Chosen(text).Select(line => IPAddress.Parse(line[..line.IndexOf('/', StringComparison.Ordinal)])).ToArray(), Strangers())
            : Lookups(list.Contains, hits, misses);
        to.WriteLine($"{name,-11} {load,-9} {held / 1e6,-9:0.0} {hit,-8:0} {miss,-9:0} {bytes:0.0}");
        GC.KeepAlive(list);
    }

    private static (double Hit, double Miss, double Bytes) Lookups<T>(Func<T, bool> contains, T[] hits, T[] misses)
    {
        if (!Array.TrueForAll(hits, hit => contains(hit)))
        {
            throw new InvalidOperationException("An entry is not found.");
        }

        Time(contains, hits);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var hit = Time(contains, hits);
        var miss = Time(contains, misses);
        return (hit, miss, (GC.GetAllocatedBytesForCurrentThread() - bytes) / (2.0 * hits.Length));
    }

    private static double Time<T>(Func<T, bool> contains, T[] values)
    {
        var watch = Stopwatch.StartNew();
        var found = 0;
        foreach (var value in values)
        {
            found += contains(value) ? 1 : 0;
        }

        GC.KeepAlive(found);
        return watch.Elapsed.TotalNanoseconds / values.Length;
    }

    /// <summary>What the base library does with the same texts.</summary>
    private static void Compare(TextWriter to)
    {
        var text = ListSamples.Domains(Entries);
        var hits = Chosen(text);
        var misses = hits.Select(line => line + "x").ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var hashed = text.Split('\n').ToHashSet(StringComparer.OrdinalIgnoreCase);
        Row("HashSet", hashed.Contains);
        GC.KeepAlive(hashed);
        hashed = null;
        before = GC.GetTotalMemory(forceFullCollection: true);
        watch.Restart();
        var frozen = text.Split('\n').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        Row("FrozenSet", frozen.Contains);
        GC.KeepAlive(frozen);

        void Row(string name, Func<string, bool> contains)
        {
            var load = watch.ElapsedMilliseconds;
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            var (hit, miss, bytes) = Lookups(contains, hits, misses);
            to.WriteLine($"{name,-11} {load,-9} {held / 1e6,-9:0.0} {hit,-8:0} {miss,-9:0} {bytes:0.0}");
        }
    }

    /// <summary>Far from one another, as mail comes.</summary>
    public static string[] Chosen(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        new Random(2).Shuffle(lines);
        return lines[..Probes];
    }

    private static IPAddress[] Strangers()
    {
        var random = new Random(3);
        var addresses = new IPAddress[Probes];
        for (var i = 0; i < Probes; i++)
        {
            var bytes = new byte[i % 4 == 0 ? 16 : 4];
            random.NextBytes(bytes);
            addresses[i] = new IPAddress(bytes);
        }

        return addresses;
    }

    public static MailList Load(string type, string text)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(
            new SourceText("policies/p.yaml", $"policy: p\nlists: {{ a: {{ type: {type}, file: a.txt }} }}\n"), new OneFile(text), diagnostics);
        return document?.Lists is [var list] && !diagnostics.HasErrors ? list.Content : throw new InvalidOperationException(string.Join('\n', diagnostics.All));
    }

    private sealed class OneFile(string text) : IListFileReader
    {
        private static long _writings;
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

        public ListFile Find(string policyPath, string path) => new(path, new ListStamp(new DateTimeOffset(Interlocked.Increment(ref _writings), TimeSpan.Zero), _bytes.Length), () => new MemoryStream(_bytes, writable: false));
    }
}
