using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation;

/// <summary>Asks a rule's greylist about the running event.</summary>
internal sealed class GreylistRun(EventRun run)
{
    private readonly KeyText _keys = new();

    private EvaluationContext Context => run.Context;

    /// <summary>Null when it cannot be known; a key with unknown parts passes.</summary>
    public async ValueTask<(GreylistOutcome Outcome, DateTimeOffset RetryAt)?> CheckAsync(GreylistNode greylist)
    {
        _keys.Clear();
        var key = await MakeAsync(greylist.Key).ConfigureAwait(false);
        if (key is not { } tuple)
        {
            return null;
        }

        if (tuple.IsUnknown && greylist.Unknown == UnknownKeys.Skip)
        {
            return (GreylistOutcome.Known, default);
        }

        var client = greylist.Client.IsEmpty ? default : await MakeAsync(greylist.Client).ConfigureAwait(false);
        var batch = run.Batch;
        batch.Clear();
        batch.Add(new StateOperation
        {
            Kind = StateOperationKind.GreylistCheck,
            Greylist = greylist.Definition,
            Key = tuple.Key,
            Client = client is { IsUnknown: false } known ? known.Key : default,
        });
        if (!await run.ExecuteAsync(batch).ConfigureAwait(false))
        {
            return null;
        }

        return ((GreylistOutcome)batch[0].Value, batch[0].Until);
    }

    private async ValueTask<(ReadOnlyMemory<char> Key, bool IsUnknown)?> MakeAsync(ImmutableArray<KeyPart> parts)
    {
        var status = _keys.TryMake(Context, parts, out var key, out var isUnknown);
        while (status == EvaluationStatus.Pending)
        {
            await run.ResolveAsync().ConfigureAwait(false);
            status = _keys.TryMake(Context, parts, out key, out isUnknown);
        }

        return status == EvaluationStatus.Known ? (key, isUnknown) : null;
    }
}
