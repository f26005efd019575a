using System.Globalization;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>
/// A few texts by name that all processes with one prefix share, of each the newest version: what operators change by hand. It is no part
/// of an event: while Redis does not answer nothing waits for it, and the caller comes again.
/// </summary>
/// <param name="name">Of the register: one hash in Redis.</param>
public sealed class SharedRegister(SharedStateStore store, string name)
{
    private const int VersionDigits = 19;

    /// <summary>All of them; null where Redis does not answer.</summary>
    public Task<IReadOnlyList<RegisterEntry>?> ReadAsync() => store.AskBesideAsync<IReadOnlyList<RegisterEntry>>(async redis =>
    {
        var entries = new List<RegisterEntry>();
        foreach (var field in await redis.Database.HashGetAllAsync(redis.Names.Register(name)).ConfigureAwait(false))
        {
            // What is not ours to read stays as it is.
            if ((string?)field.Value is { Length: > VersionDigits } text
                && long.TryParse(text.AsSpan(0, VersionDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            {
                entries.Add(new RegisterEntry((string)field.Name!, version, text[VersionDigits..]));
            }
        }

        return entries;
    });

    /// <summary>Writes those that are newer than what is there; one with an empty text is forgotten. False where Redis does not answer.</summary>
    public async Task<bool> WriteAsync(IReadOnlyList<RegisterEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        RedisValue[] arguments = [.. entries.SelectMany(entry => new RedisValue[] { entry.Name, entry.Version.ToString("D19", CultureInfo.InvariantCulture), entry.Text })];
        return await store.AskBesideAsync(redis => redis.Database.ScriptEvaluateAsync(RedisScript.Register, [redis.Names.Register(name)], arguments)).ConfigureAwait(false) is not null;
    }
}

/// <param name="Version">Not negative; the highest stands.</param>
public sealed record RegisterEntry(string Name, long Version, string Text);
