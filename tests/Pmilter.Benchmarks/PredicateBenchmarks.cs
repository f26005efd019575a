using BenchmarkDotNet.Attributes;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;

namespace Pmilter.Benchmarks;

/// <summary>A condition, the rule around it, and the same written by hand in C#.</summary>
[MemoryDiagnoser]
public class PredicateBenchmarks
{
    private const string Condition =
        "in(mail_from_domain, 'a.example', 'b.example', 'sender.example') and client_country = 'RU' and not authenticated and declared_size > mb(10)";

    private readonly Transaction _transaction = BenchmarkSite.AfterMail();
    private readonly EvaluationContext _context;
    private readonly Expression<bool> _condition;
    private readonly PolicyEngine _engine;

    public PredicateBenchmarks()
    {
        var set = BenchmarkSite.Compile($"policy: p\nrules:\n  - {{ id: r, phase: mail, when: \"{Condition}\", then: [ reject ] }}\n");
        _context = new EvaluationContext(_transaction) { Now = BenchmarkSite.Now };
        _condition = set.NodeOf(Phase.Mail).Rules[0].When[0];
        _engine = BenchmarkSite.Engine(set, _transaction);
    }

    [Benchmark(Baseline = true)]
    public bool ByHand()
    {
        var sender = _transaction.Message.Sender;
        var domain = sender.Address.Domain;
        return (domain.Equals("a.example", StringComparison.OrdinalIgnoreCase)
                || domain.Equals("b.example", StringComparison.OrdinalIgnoreCase)
                || domain.Equals("sender.example", StringComparison.OrdinalIgnoreCase))
            && _transaction.ClientPlace.Country.Equals("RU", StringComparison.OrdinalIgnoreCase)
            && !sender.IsAuthenticated
            && sender.Parameters.DeclaredSize > 10 * 1024 * 1024;
    }

    [Benchmark]
    public bool AsCondition() => _condition.Evaluate(_context, out var value) == EvaluationStatus.Known && value;

    /// <summary>The whole event: counters, rules, decision.</summary>
    [Benchmark]
#pragma warning disable CA2012 // Whether it has ended is all that is asked, and memory ends at once.
    public bool AsEvent() => _engine.EvaluateAsync(Phase.Mail, BenchmarkSite.Now, CancellationToken.None).IsCompletedSuccessfully;
#pragma warning restore CA2012
}
