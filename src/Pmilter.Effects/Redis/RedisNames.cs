using System.Security.Cryptography;
using System.Text;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>
/// Names of keys in Redis: <c>pmilter:c:{policy/counter:10000000:Count:5f1d…:key}:e</c>. What stands in braces is the hash tag: all keys
/// of one operation lie in one slot of a cluster. Keys longer than 256 characters are shortened as in memory.
/// </summary>
internal sealed class RedisNames(string prefix)
{
    public string Prefix => prefix;

    public static string Identity(CounterDefinition counter) =>
        FormattableString.Invariant($"{counter.Name}:{WindowClock.ToMicros(counter.Window)}:{counter.Kind}:{Digest(counter.KeyText)}");

    public static string Identity(GreylistDefinition greylist) => $"{greylist.Name}:{Digest(greylist.KeyText)}";

    /// <summary>The counter's keys, by their suffixes.</summary>
    public RedisKey[] Counter(CounterDefinition counter, ReadOnlyMemory<char> key, params ReadOnlySpan<string> suffixes)
    {
        var names = new RedisKey[suffixes.Length];
        var tag = Tag(Identity(counter), key.Span);
        for (var i = 0; i < suffixes.Length; i++)
        {
            names[i] = Join("c", tag, suffixes[i]);
        }

        return names;
    }

    /// <param name="kind"><c>h</c> for holds, <c>b</c> for bans, <c>m</c> for memories.</param>
    public RedisKey[] Deadline(string kind, string name, ReadOnlyMemory<char> key) => [Join(kind, Tag(name, key.Span), string.Empty)];

    /// <summary>Tuple, client, and both in the shadow copy; in the slot of the client where there is one.</summary>
    public RedisKey[] Greylist(GreylistDefinition greylist, ReadOnlyMemory<char> key, ReadOnlyMemory<char> client)
    {
        var name = greylist.Name.EndsWith(GreylistDefinition.ShadowSuffix, StringComparison.Ordinal) ? greylist.Name[..^GreylistDefinition.ShadowSuffix.Length] : greylist.Name;
        var identity = Identity(greylist with { Name = name });
        var tag = Tag(identity, client.IsEmpty ? key.Span : client.Span);
        var own = greylist.Name == name ? string.Empty : GreylistDefinition.ShadowSuffix;
        var tuple = Encode(key.Span);
        return [Join("g", tag, $"t{own}:", tuple), Join("g", tag, $"c{own}:"), Join("g", tag, $"t{GreylistDefinition.ShadowSuffix}:", tuple), Join("g", tag, $"c{GreylistDefinition.ShadowSuffix}:")];
    }

    /// <summary>When a greylist began, the common hash key: small facts that all processes share.</summary>
    public RedisKey Fact(string name) => $"{prefix}:f:{{{name}}}";

    /// <summary>A hash of texts that all processes share.</summary>
    public RedisKey Register(string name) => $"{prefix}:i:{{{name}}}";

    private static byte[] Tag(string identity, ReadOnlySpan<char> key) => [.. "{"u8, .. Encoding.UTF8.GetBytes(identity), .. ":"u8, .. Encode(key), .. "}"u8];

    private static byte[] Encode(ReadOnlySpan<char> key)
    {
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        return StateKeyBytes.Encode(StateKey.Shorten(key, buffer));
    }

    private static string Digest(string keyText) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(keyText))[..4]);

    private byte[] Join(string kind, byte[] tag, string suffix, byte[]? rest = null) =>
        [.. Encoding.UTF8.GetBytes($"{prefix}:{kind}:"), .. tag, .. Encoding.UTF8.GetBytes(suffix.Length > 0 ? $":{suffix}" : string.Empty), .. rest ?? []];
}
