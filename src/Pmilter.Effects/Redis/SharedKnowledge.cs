using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Redis;

/// <summary>
/// Notes in the local store what Redis knows of other processes' doing: bans, holds and greylist passes still stand when Redis dies.
/// </summary>
internal sealed class SharedKnowledge(MemoryStateStore local)
{
    /// <param name="shared">With Redis's answer.</param>
    /// <param name="own">With the local one.</param>
    public void Note(in StateOperation shared, in StateOperation own, DateTimeOffset now)
    {
        switch (shared.Kind)
        {
            case StateOperationKind.HoldRead or StateOperationKind.HoldStart when shared.Hold is { } hold && shared.Until != own.Until:
                Note(local.Tables.Holds.GetValueOrDefault(hold.Name), shared, own, now);
                break;
            case StateOperationKind.BanRead or StateOperationKind.BanAdd when shared.Ban is { } ban && shared.Until != own.Until:
                Note(local.Tables.Bans.GetValueOrDefault(ban.Name), shared, own, now);
                break;
            case StateOperationKind.MemoryRead when shared.Memory is { } memory && shared.Until != own.Until:
                Note(local.Tables.Memories.GetValueOrDefault(memory.Name), shared, own, now);
                break;
            case StateOperationKind.GreylistCheck when shared.Greylist is { } greylist && shared.Value != own.Value:
                Note(greylist, shared, now);
                break;
        }
    }

    private void Note(DeadlineTable? table, in StateOperation shared, in StateOperation own, DateTimeOffset now)
    {
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        var key = StateKey.Shorten(shared.Key.Span, buffer);
        if (shared.Until <= now)
        {
            // Lifted by another process.
            if (own.Until > now)
            {
                table?.Remove(key);
            }

            return;
        }

        var end = shared.Until == DateTimeOffset.MaxValue ? long.MaxValue : local.Clock.Read(now) + ((shared.Until - now).Ticks / TimeSpan.TicksPerMicrosecond);
        table?.Extend(key, local.Clock.Read(now), new Deadline(end, 0));
    }

    private void Note(GreylistDefinition greylist, in StateOperation shared, DateTimeOffset now)
    {
        if (!local.Tables.Greylists.TryGetValue((greylist.Name, greylist.KeyText), out var table))
        {
            return;
        }

        Span<char> keyBuffer = stackalloc char[StateKey.MaxLength];
        Span<char> clientBuffer = stackalloc char[StateKey.MaxLength];
        table.Learn(
            greylist,
            StateKey.Shorten(shared.Key.Span, keyBuffer),
            StateKey.Shorten(shared.Client.Span, clientBuffer),
            (GreylistOutcome)shared.Value,
            local.Clock.Read(now));
    }
}
