using System.Net;
using BenchmarkDotNet.Attributes;
using Pmilter.Policies.Lists;

namespace Pmilter.Benchmarks;

/// <summary>Look-ups in lists of a million entries, far from one another, beside a hash set of the same texts.</summary>
[MemoryDiagnoser]
public class ListBenchmarks
{
    private string[] _entries = [];
    private IPAddress[] _addresses = [];
    private HashSet<string> _set = [];
    private MailList? _texts;
    private MailList? _networks;

    [GlobalSetup]
    public void Setup()
    {
        var domains = ListSamples.Domains(ListTimes.Entries);
        var networks = ListSamples.Networks(ListTimes.Entries);
        _entries = ListTimes.Chosen(domains);
        _addresses = [.. ListTimes.Chosen(networks).Select(line => IPAddress.Parse(line[..line.IndexOf('/', StringComparison.Ordinal)]))];
        _set = domains.Split('\n').ToHashSet(StringComparer.OrdinalIgnoreCase);
        _texts = ListTimes.Load("text", domains);
        _networks = ListTimes.Load("cidr", networks);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = ListTimes.Probes)]
    public int HashSet() => Count(_entries, _set.Contains);

    [Benchmark(OperationsPerInvoke = ListTimes.Probes)]
    public int Texts() => Count(_entries, _texts!.Contains);

    [Benchmark(OperationsPerInvoke = ListTimes.Probes)]
    public int Networks() => Count(_addresses, _networks!.Contains);

    private static int Count<T>(T[] values, Func<T, bool> contains)
    {
        var found = 0;
        foreach (var value in values)
        {
            found += contains(value) ? 1 : 0;
        }

        return found;
    }
}
