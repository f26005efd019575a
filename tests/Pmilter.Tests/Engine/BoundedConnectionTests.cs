using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>What a client may repeat for ever leaves nothing behind. Runs alone: the process's memory is measured.</summary>
[Collection(nameof(BoundedConnectionTests))]
[CollectionDefinition(nameof(BoundedConnectionTests), DisableParallelization = true)]
public sealed class BoundedConnectionTests
{
    private const string Policy = """
        policy: p
        counters:
          open:  { phase: connect, count: open_connections, key: [client_ip] }
          helos: { phase: helo, count: distinct(helo), key: [client_ip, helo], window: 60s }
          junk:  { phase: unknown, count: distinct(smtp_command), key: [client_ip, smtp_command], window: 60s }
        rules:
          - { id: o, phase: connect, limit: { counter: open, max: 5 }, then: [ tempfail ] }
          - { id: h, phase: helo, limit: { counter: helos, max: 5 }, then: [ tempfail ] }
          - { id: u, phase: unknown, limit: { counter: junk, max: 5 }, then: [ tempfail ] }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_RepeatsHeloAndUnknownCommands_DoesNotGrow(bool isStoreDown)
    {
        var store = new ForgetfulStore();
        var transaction = new Transaction(new Nowhere(), "test");
        var engine = new PolicyEngine(new Scenario(Policy).Set, store, transaction, new EngineOptions());
        transaction.Apply(new ConnectCommand("x"u8.ToArray(), ClientFamily.Inet, 1, "192.0.2.1"u8.ToArray()), MacroTable.Of(new Dictionary<string, string>()));
        Evaluate(engine, Phase.Connect);
        store.IsDown = isStoreDown;

        Repeat(engine, transaction, 2_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Repeat(engine, transaction, 60_000);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        // 120,000 hits that were kept would be 20 MB.
        Assert.InRange(grown, long.MinValue, 2_000_000);
        store.IsDown = false;
        await engine.CloseAsync(Scenario.Start, CancellationToken.None);
        Assert.Equal(0, store.Open);
        GC.KeepAlive(transaction);
    }

    private static void Repeat(PolicyEngine engine, Transaction transaction, int times)
    {
        var macros = MacroTable.Of(new Dictionary<string, string>());
        var helo = new HeloCommand("mail.sender.example"u8.ToArray());
        var unknown = new UnknownCommand("NONSENSE and more of it"u8.ToArray());
        for (var i = 0; i < times; i++)
        {
            transaction.Apply(helo, macros);
            Evaluate(engine, Phase.Helo);
            transaction.Apply(unknown);
            Evaluate(engine, Phase.Unknown);
        }
    }

    private static void Evaluate(PolicyEngine engine, Phase phase) =>
        engine.EvaluateAsync(phase, Scenario.Start, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>Counts open connections and keeps nothing else.</summary>
    private sealed class ForgetfulStore : IStateStore
    {
        public bool IsDown { get; set; }

        public int Open { get; private set; }

        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
        {
            if (IsDown)
            {
                throw new StateStoreException("down");
            }

            foreach (ref var operation in batch.Operations)
            {
                operation.Value = 1;
                if (operation.Counter?.Kind == WindowKind.Gauge)
                {
                    Open += operation.Kind == StateOperationKind.Hit ? 1 : -1;
                }
            }

            return ValueTask.CompletedTask;
        }
    }

    private sealed class Nowhere : IGeoSource
    {
        public GeoPlace Find(System.Net.IPAddress address) => GeoPlace.Unknown;
    }
}
