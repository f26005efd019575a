using System.Globalization;
using System.Net;
using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Policies.Tests.Dispatch;

/// <summary>Connections that are made up and played; everything that can be seen of them is written down.</summary>
internal sealed class MadeUpSessions
{
    private readonly Choices _choices;
    private readonly Scenario _scenario;
    private readonly ScriptedNames _names;
    private readonly WrittenStore _store;
    private readonly bool _isTracing;
    private readonly List<string> _seen = [];

    private MadeUpSessions(Choices choices, PolicySet set, bool isTracing)
    {
        _choices = choices;
        _isTracing = isTracing;
        _names = new ScriptedNames { ["1.113.0.203.listed.example", NameRecordKind.A] = ["127.0.0.2"], ["1.113.0.203.broken.example", NameRecordKind.A] = null, ["2.113.0.203.broken.example", NameRecordKind.A] = null };
        _store = new WrittenStore(_seen, failsEvery: choices.Of(0, 0, 5));
        _scenario = new Scenario(set) { OtherStore = _store, Engine = new EngineOptions { Names = _names } };
    }

    /// <summary>Line by line: decisions, what was asked of the store and the DNS, what rules were counted to have done; explanations.</summary>
    public static IReadOnlyList<string> Play(Choices choices, PolicySet set, bool isTracing = false)
    {
        var sessions = new MadeUpSessions(choices, set, isTracing);
        for (var i = 2 + choices.Below(4); i > 0; i--)
        {
            sessions.PlayOne();
        }

        foreach (var tally in set.Tallies)
        {
            sessions._seen.Add($"{tally.Rule.Policy}/{tally.Rule.Id}: {string.Join(' ', RuleTally.Outcomes.Select((_, i) => tally.Hits(i)))}, near {tally.NearLimit}, unless {tally.Unless}, errors {tally.Errors}");
        }

        sessions._seen.AddRange(set.NamedLists.Select(list => $"{list.Name}: {list.List.TakeHit()}"));
        sessions._seen.AddRange(sessions._names.Asked);
        return sessions._seen;
    }

    private void PlayOne()
    {
        _scenario.Time.Advance(TimeSpan.FromSeconds(_choices.Of(0, 1, 11)));
        var client = new SmtpClient(
            _scenario, new OneCountry(_choices.Of(MadeUpPolicies.Countries)), _choices.Of(MadeUpPolicies.Clients), _choices.Of(string.Empty, "login"), _choices.Of(MadeUpPolicies.Names), _choices.Of(0, 25), Trace());
        var ends = Write(client, client.Connected) || Write(client, client.Helo(_choices.Of(MadeUpPolicies.Names)));
        for (var messages = _choices.Below(3); messages > 0 && !ends; messages--)
        {
            PlayMessage(client);
        }

        Write(client, client.Close());
    }

    private void PlayMessage(SmtpClient client)
    {
        var ends = Write(client, client.Mail(_choices.Of("x@a.example", "x@b.example", string.Empty)));
        for (var people = 1 + _choices.Below(2); people > 0 && !ends; people--)
        {
            Write(client, client.Rcpt(_choices.Of("y@a.example", "y@b.example")));
        }

        var isWhole = !ends && !_choices.OneIn(4) && !Write(client, client.Header("Subject", _choices.Of(MadeUpPolicies.Subjects))) && !Write(client, client.Eoh());
        Write(client, isWhole ? client.Eom() : client.Abort());
    }

    /// <summary>Whether a verdict ends the transaction.</summary>
    private bool Write(SmtpClient client, Decision decision)
    {
        // The id begins with the connection's number in this process.
        _seen.Add($"{decision.Phase} {decision.Id[(decision.Id.LastIndexOf('-') + 1)..]} {decision.Verdict} {decision.Verdict.Reply?.Show(" ")} {decision.Rule?.Id} {decision.Outcome} {decision.QuarantineReason} {decision.Counter} {decision.IsDegraded}");
        _seen.AddRange(decision.Would.Select(would => $"would {would.Rule.Id} {would.Outcome} {would.ReplyText}"));
        _seen.AddRange(decision.Logs.Select(line => $"log {line.Rule.Id} {line.Text}"));
        _seen.AddRange(decision.Errors.Select(line => $"error {line.Rule.Id} {line.Text} {line.IsToldElsewhere}"));
        _seen.AddRange(client.Engine.ReadValues().Select(value => $"value {value.Name} {value.Value}"));
        if (client.Engine.Trace is { } trace)
        {
            _seen.AddRange(trace.Rules.Select(rule => $"trace {rule.Rule.Id} {rule.State} {rule.Outcome} {rule.Limit}"));
            trace.Clear();
        }

        return decision.Verdict.Kind != VerdictKind.Continue;
    }

    private EvaluationTrace? Trace() => _isTracing ? new EvaluationTrace() : null;

    private sealed class OneCountry(string country) : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => GeoPlace.Unknown with { Country = country };
    }

    /// <summary>Writes down what it is asked; fails now and then.</summary>
    private sealed class WrittenStore(List<string> seen, int failsEvery) : IStateStore
    {
        private readonly MemoryStateStore _store = new();
        private int _asked;

        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
        {
            foreach (ref var operation in batch.Operations)
            {
                seen.Add(string.Create(CultureInfo.InvariantCulture, $"{operation.Kind} {operation.Counter?.Name}{operation.Hold?.Name}{operation.Ban?.Name} {operation.Key} {operation.Amount}"));
            }

            return failsEvery > 0 && ++_asked % failsEvery == 0 ? throw new StateStoreException("scripted") : _store.ExecuteAsync(batch, now, cancellationToken);
        }
    }
}
