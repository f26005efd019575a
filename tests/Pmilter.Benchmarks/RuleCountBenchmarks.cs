using BenchmarkDotNet.Attributes;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;

namespace Pmilter.Benchmarks;

/// <summary>
/// One event at MAIL under many rules of which the last matches: where they compare a field with a text each, the index finds it; where
/// they ask something else, each is asked.
/// </summary>
[MemoryDiagnoser]
public class RuleCountBenchmarks
{
    private readonly Transaction _transaction = BenchmarkSite.AfterMail();
    private PolicyEngine? _equal;
    private PolicyEngine? _other;

    [Params(10, 100, 1_000, 10_000)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _equal = Engine("mail_from_domain = '{0}'");
        _other = Engine("ends_with(mail_from_domain, '{0}')");
    }

    [Benchmark]
    public bool Equality() => Evaluate(_equal!);

    [Benchmark]
    public bool Otherwise() => Evaluate(_other!);

#pragma warning disable CA2012 // Whether it has ended is all that is asked, and memory ends at once.
    private bool Evaluate(PolicyEngine engine) => engine.EvaluateAsync(Phase.Mail, BenchmarkSite.Now, CancellationToken.None).IsCompletedSuccessfully;
#pragma warning restore CA2012

    private PolicyEngine Engine(string condition)
    {
        var rules = Enumerable.Range(1, Rules).Select(n => Rule(n, n == Rules ? "sender.example" : $"{n}.example"));
        return BenchmarkSite.Engine(BenchmarkSite.Compile($"policy: p\nrules:\n{string.Concat(rules)}"), _transaction);

        string Rule(int n, string domain) =>
            $"  - {{ id: r{n}, phase: mail, when: \"{condition.Replace("{0}", domain, StringComparison.Ordinal)}\", then: [ score: 1 ] }}\n";
    }
}
