using System.Net;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Notices;

/// <summary>
/// Which notices of a rule that fired are due: those of bans and holds that began with it, of other rules those that their quota
/// admits. The quota lives in the state store, so that servers that share it tell once together. One an engine, reused.
/// </summary>
internal sealed class NoticeRun(EventRun run, CounterRun counters)
{
    private readonly List<StateOperation> _begun = [];
    private readonly StateBatch _batch = new();

    private EvaluationContext Context => run.Context;

    /// <summary>Another rule fires.</summary>
    public void Begin() => _begun.Clear();

    /// <summary>Notes a ban or hold that began now; one that runs already has been told of.</summary>
    public void Note(in StateOperation operation)
    {
        if (operation is { Kind: StateOperationKind.BanAdd or StateOperationKind.HoldStart, Value: 1 })
        {
            _begun.Add(operation);
        }
    }

    public async ValueTask RunAsync(RuleNode rule)
    {
        foreach (var notice in rule.Notices)
        {
            if (notice.IsMail && MayBeOurs(Context.Transaction))
            {
                continue;
            }

            if (notice.Trigger == NoticeCause.Rule)
            {
                await TellOfRuleAsync(rule, notice).ConfigureAwait(false);
                continue;
            }

            foreach (var begun in _begun)
            {
                if (CauseOf(begun) == notice.Trigger && (notice.Quota is not { } quota || await AdmitAsync(quota, notice.AtMost, begun.Key).ConfigureAwait(false)))
                {
                    Add(rule, notice, begun.Ban?.Name ?? begun.Hold!.Name, begun.Key.ToString(), begun.Until);
                }
            }
        }
    }

    /// <summary>
    /// Notices that go by mail have the null sender and come from this machine. What is known before the sender could be theirs,
    /// and is not told of either: a rule that meets our own notices must not make new ones of them.
    /// </summary>
    private static bool MayBeOurs(Transaction transaction)
    {
        var client = transaction.Connection.Client;
        var isHere = client.IsLocal || (client.Address is { } address && IPAddress.IsLoopback(address));
        return isHere && (transaction.Phase is not (>= Phase.Mail and <= Phase.Eom or Phase.Abort) || transaction.Message.Sender.IsBounce);
    }

    private async ValueTask TellOfRuleAsync(RuleNode rule, NoticeNode notice)
    {
        var key = ReadingOf(rule)?.Key is { Length: > 0 } counted ? counted : rule.Reference.Id;
        if (notice.Quota is { } quota && await HasRoomAsync(quota, notice.AtMost, key).ConfigureAwait(false) && await AdmitAsync(quota, notice.AtMost, key.AsMemory()).ConfigureAwait(false))
        {
            Add(rule, notice, $"{rule.Reference.Policy}/{rule.Reference.Id}", key, null);
        }
    }

    /// <summary>Under a flood nearly every event ends here: with one read, nothing to take back.</summary>
    private async ValueTask<bool> HasRoomAsync(CounterDefinition quota, int atMost, string key)
    {
        _batch.Clear();
        _batch.Add(new StateOperation { Kind = StateOperationKind.Read, Counter = quota, Key = key.AsMemory() });
        return await run.ExecuteAsync(_batch).ConfigureAwait(false) && _batch[0].Value < atMost;
    }

    /// <summary>Counted first and taken back when it is one too many: two servers at the same time cannot both be the last one.</summary>
    private async ValueTask<bool> AdmitAsync(CounterDefinition quota, int atMost, ReadOnlyMemory<char> key)
    {
        _batch.Clear();
        _batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = quota, Key = key, Amount = 1 });
        if (!await run.ExecuteAsync(_batch).ConfigureAwait(false))
        {
            return false;
        }

        var hit = _batch[0];
        if (hit.Value <= atMost)
        {
            return true;
        }

        _batch.Clear();
        _batch.Add(hit with { Kind = StateOperationKind.Undo });
        await run.ExecuteAsync(_batch).ConfigureAwait(false);
        return false;
    }

    private void Add(RuleNode rule, NoticeNode node, string subject, string key, DateTimeOffset? until)
    {
        var notice = new Notice
        {
            Target = node.Target,
            Rule = rule.Reference,
            Text = string.Empty,
            Cause = node.Trigger,
            Subject = subject,
            Key = key,
            Until = until,
            Counter = ReadingOf(rule),
            Outcome = rule.Verdict?.Outcome ?? "continue",
            Phase = Context.Transaction.Phase,
            Time = Context.Now,
            DecisionId = Context.Template.DecisionId,
        };
        notice = notice with { Text = node.Text?.Render(Context) ?? NoticeText.Of(notice) };
        if (rule.IsMonitor)
        {
            run.Outcome.AddWould(new WouldHave(rule.Reference, "notify", $"{notice.Target}: {notice.Text}"));
            return;
        }

        run.Outcome.AddNotice(notice);
    }

    private CounterReading? ReadingOf(RuleNode rule) =>
        rule.Limit is { } limit ? counters.Hits.ReadingOf(limit.Counter, Context.Template.Count, Context.Template.LimitMax) : null;

    private static NoticeCause CauseOf(in StateOperation operation) => operation.Kind == StateOperationKind.BanAdd ? NoticeCause.Ban : NoticeCause.Hold;
}
