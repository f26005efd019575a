using System.Collections.Frozen;
using System.Diagnostics;
using System.Net;
using System.Text;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Benchmarks;

/// <summary>Loading, memory and lookups of lists of a million entries: <c>dotnet run -c Release -- lists</c>.</summary>
internal static class ListTimes
{
    private const int Entries = 1_000_000;
    private const int Probes = 200_000;

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
    private static string[] Chosen(string text)
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

    private static MailList Load(string type, string text)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(
            new SourceText("policies/p.yaml", $"policy: p\nlists: {{ a: {{ type: {type}, file: a.txt }} }}\n"), new OneFile(text), diagnostics);
        return document?.Lists is [var list] && !diagnostics.HasErrors ? list.Content : throw new InvalidOperationException(string.Join('\n', diagnostics.All));
    }

    private sealed class OneFile(string text) : IListFileReader
    {
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

        public ListFile Find(string policyPath, string path) => new(path, new ListStamp(DateTimeOffset.UnixEpoch, _bytes.Length), () => new MemoryStream(_bytes, writable: false));
    }
}
