using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Evaluation;

public sealed class EngineAllocationTests
{
    [Theory]
    [InlineData("policy: p\nrules:\n  - { id: r, phase: mail, when: \"mail_from_domain = 'x.example' and not is_bounce\", then: [ reject ] }\n")]
    [InlineData("policy: p\ncounters:\n  c: { phase: mail, count: messages, key: [mail_from_domain], window: 60s }\nrules:\n  - { id: r, phase: mail, limit: { counter: c, max: 100, hold: 10s }, then: [ tempfail ] }\n")]
    public void Evaluate_NothingMatches_AllocatesNothing(string policy) => AssertAllocatesNothing(policy);

    [Fact]
    public void Evaluate_NothingMatchesOfHundredRules_AllocatesNothing()
    {
        var rules = Enumerable.Range(1, 100).Select(n => $"  - {{ id: r{n}, phase: mail, when: \"{(n % 2 == 0 ? "mail_from_domain" : "helo")} = '{n}.example'\", then: [ reject ] }}\n");
        AssertAllocatesNothing($"policy: p\nrules:\n{string.Concat(rules)}");
    }

    private static void AssertAllocatesNothing(string policy)
    {
        var set = new Scenario(policy).Set;
        var macros = MacroTable.Of(new Dictionary<string, string>());
        var transaction = new Transaction(new Nowhere(), "test");
        var engine = new PolicyEngine(set, new OneStore(), transaction, new EngineOptions());
        var command = new MailCommand(Encoding.ASCII.GetBytes("<a@b.example>"), default);
        transaction.Apply(command, macros);
        long least = long.MaxValue;
        for (var i = 0; i < 200; i++)
        {
            // An address becomes text when it is read first, once a message, whoever reads it.
            _ = transaction.Message.Sender.Address;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var decision = engine.EvaluateAsync(Phase.Mail, Scenario.Start, CancellationToken.None);
            var after = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(decision.IsCompletedSuccessfully);
            least = Math.Min(least, after - before);
            transaction.EndMessage();
            transaction.Apply(command, macros);
        }

        Assert.Equal(0, least);
    }

    private sealed class OneStore : IStateStore
    {
        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
        {
            foreach (ref var operation in batch.Operations)
            {
                operation.Value = 1;
            }

            return ValueTask.CompletedTask;
        }
    }

    private sealed class Nowhere : IGeoSource
    {
        public GeoPlace Find(System.Net.IPAddress address) => GeoPlace.Unknown;
    }
}
