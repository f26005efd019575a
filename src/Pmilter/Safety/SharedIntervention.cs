using System.Globalization;
using System.Text.Json.Serialization;

namespace Pmilter.Safety;

/// <summary>One intervention as servers tell it each other: what is in force, or that nothing is any more.</summary>
/// <param name="Key">As <see cref="Mark"/> has it, and so are the others.</param>
internal sealed record SharedIntervention(string Key, long Version, DateTimeOffset Keep, string By)
{
    public LoweredRule? Lowered { get; init; }

    public BlownRule? Blown { get; init; }

    public Block? Block { get; init; }

    [JsonIgnore]
    public bool IsInForce => Lowered is not null || Blown is not null || Block is not null;

    /// <summary>The rule, or the block's id.</summary>
    [JsonIgnore]
    public string Name => Key[(Key.IndexOf(':', StringComparison.Ordinal) + 1)..];

    [JsonIgnore]
    public bool IsFuse => Key.StartsWith("fuse:", StringComparison.Ordinal);

    [JsonIgnore]
    public bool IsBlock => Key.StartsWith("block:", StringComparison.Ordinal);

    [JsonIgnore]
    public DateTimeOffset Since => Lowered?.Since ?? Blown?.Since ?? Block?.Since ?? default;

    [JsonIgnore]
    public Mark Mark => new(Key, Version, Keep, By);

    /// <summary>In words, for the log.</summary>
    [JsonIgnore]
    public string What => this switch
    {
        { Lowered: { } lowered } => $"{lowered.Rule} is in monitor until {Time(lowered.Until)}{For(lowered.Reason)}",
        { Blown: { } blown } => $"{blown.Rule} is in monitor until its fuse is armed: {blown.Why}",
        { Block: { } block } => $"block {block.Id}: {string.Join(' ', block.Conditions)} is {(block.Rejects ? "rejected" : "refused for now")} until {Time(block.Until)}{For(block.Reason)}",
        { IsBlock: true } => $"block {Name} is lifted",
        _ => $"{Name} is as its file says again",
    };

    public static string KeyOf(LoweredRule lowered) => $"mode:{lowered.Rule}";

    public static string KeyOf(BlownRule blown) => $"fuse:{blown.Rule}";

    public static string KeyOf(Block block) => $"block:{block.Id}";

    /// <summary>The same; without what is over.</summary>
    public SharedIntervention At(DateTimeOffset now) => this with
    {
        Lowered = Lowered?.Until > now ? Lowered : null,
        Block = Block?.Until > now ? Block : null,
    };

    private static string For(string reason) => reason.Length > 0 ? $", for {reason}" : string.Empty;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
