using System.Globalization;
using Pmilter.Policies.State;
using Pmilter.Server;

namespace Pmilter.Admin;

/// <summary>Tuples that come from elsewhere, noted as if this greylist had learned them.</summary>
internal sealed class GreylistImport(PolicyHost policies, ServerState state, TimeProvider time)
{
    /// <summary>Longer than any greylist learns: what is new is noted as passed.</summary>
    private static readonly TimeSpan Always = TimeSpan.FromDays(36500);

    /// <param name="name">Whole.</param>
    /// <param name="entries"><c>SECONDS:KEY</c>, the end as Unix time, 0 for what the greylist says; the key folded, parts joined by U+001F.</param>
    /// <exception cref="AdminException">There is no such greylist, or an entry is none.</exception>
    public async Task<DoneAnswer> TakeAsync(string name, IReadOnlyList<string> entries, CancellationToken cancellationToken)
    {
        var greylist = policies.Current.State.Greylists.FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.Ordinal)) ?? throw new AdminException($"There is no greylist '{name}'.");
        var now = time.GetUtcNow();
        var batch = new StateBatch();
        foreach (var entry in entries)
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !long.TryParse(entry.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                throw new AdminException($"'{entry}' is no tuple.");
            }

            var remember = seconds == 0 ? greylist.Remember : DateTimeOffset.FromUnixTimeSeconds(seconds) - now;
            if (remember > TimeSpan.Zero)
            {
                var noted = greylist with { LearnFor = Always, Remember = remember < greylist.Remember ? remember : greylist.Remember };
                batch.Add(new StateOperation { Kind = StateOperationKind.GreylistCheck, Greylist = noted, Key = entry[(colon + 1)..].AsMemory() });
            }
        }

        if (batch.Count > 0)
        {
            await state.Operations.ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
        }

        return new DoneAnswer(name, Enumerable.Range(0, batch.Count).Count(i => (GreylistOutcome)batch[i].Value != GreylistOutcome.Delayed));
    }
}
