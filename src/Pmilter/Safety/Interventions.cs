using System.Text.Json.Serialization;

namespace Pmilter.Safety;

/// <summary>What an operator has changed in the running server for a while: it outlasts reloads and restarts, and ends by itself.</summary>
internal sealed record Interventions
{
    public static Interventions None { get; } = new();

    public IReadOnlyList<LoweredRule> Lowered { get; init; } = [];

    /// <summary>They do not end by themselves.</summary>
    public IReadOnlyList<BlownRule> Blown { get; init; } = [];

    public IReadOnlyList<Block> Blocks { get; init; } = [];

    /// <summary>The number of the next block: ids are not used twice.</summary>
    public int NextBlock { get; init; } = 1;

    /// <summary>Of each that was changed, when and by whom; of those that were ended before their time, too.</summary>
    public IReadOnlyList<Mark> Marks { get; init; } = [];

    [JsonIgnore]
    public bool IsEmpty => Lowered.Count == 0 && Blocks.Count == 0 && Blown.Count == 0;

    /// <summary>Rules in monitor, by hand or by their fuse; <c>all</c> for every one.</summary>
    [JsonIgnore]
    public IEnumerable<string> InMonitor => Lowered.Select(lowered => lowered.Rule).Concat(Blown.Select(blown => blown.Rule));

    /// <summary>The same without what is over.</summary>
    public Interventions At(DateTimeOffset now) => this with
    {
        Lowered = [.. Lowered.Where(lowered => lowered.Until > now)],
        Blocks = [.. Blocks.Where(block => block.Until > now)],
        Marks = [.. Marks.Where(mark => mark.Keep > now)],
    };
}

/// <summary>The last change of one intervention. Where several servers have changed it, the highest version stands.</summary>
/// <param name="Key"><c>mode:policy/rule</c>, <c>fuse:policy/rule</c> or <c>block:b1</c>.</param>
/// <param name="Keep">Until then some server may have an older copy that must not come back.</param>
/// <param name="By">Who changed it.</param>
internal sealed record Mark(string Key, long Version, DateTimeOffset Keep, string By);

/// <summary><c>pmilter mode RULE monitor</c>.</summary>
/// <param name="Rule"><c>policy/rule</c>, or <c>all</c>.</param>
/// <param name="Since">When it began.</param>
/// <param name="Until">When it ends by itself.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Reason">Why; may be empty.</param>
internal sealed record LoweredRule(string Rule, DateTimeOffset Since, DateTimeOffset Until, string By, string Reason)
{
    public const string All = "all";
}

/// <summary><c>pmilter block FIELD=VALUE</c>.</summary>
/// <param name="Id"><c>b1</c>: its rule's id.</param>
/// <param name="Conditions"><c>client_ip=203.0.113.0/24</c>; all must hold.</param>
/// <param name="Rejects">Permanently; else temporarily.</param>
internal sealed record Block(string Id, IReadOnlyList<string> Conditions, bool Rejects, DateTimeOffset Since, DateTimeOffset Until, string By, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Interventions))]
[JsonSerializable(typeof(SharedIntervention))]
internal sealed partial class InterventionJson : JsonSerializerContext;
