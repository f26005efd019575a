using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Vocabulary;

/// <summary>Keys of what a policy counts and remembers: counters, bans, greylists, memories.</summary>
public static class StateKeys
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);
    private static readonly ListForm KeyParts = new(new ExpressionForm("field or expression", IsKeyPart: true), Least: 1);
    private static readonly DurationForm BanTime = new(Second, Longest);
    private static readonly ChoiceForm Released = new(["released"]);

    private static readonly KeyEntry UnknownParts = new(
        "unknown", ChoiceForm.Of(PolicyWords.Unknown), "Whether a key with an unknown part ('', ASN 0, country ZZ) is passed over or counts as a value.")
    { Default = "skip" };

    public static KeyTable Counter { get; } = new(
        "a counter",
        new KeyEntry("phase", ChoiceForm.Of(PolicyWords.Phases), "The phase in which it counts.") { IsRequired = true },
        new KeyEntry(
            "count",
            new EitherForm(
                new ChoiceForm([.. PolicyWords.Counts.Where(count => count.Value is not (CountKind.Distinct or CountKind.Sum)).Select(count => count.Word)]),
                new TextForm("distinct(expression)", @"^\s*distinct\s*\("),
                new TextForm("sum(expression)", @"^\s*sum\s*\(")),
            "What it counts; explicit ones are hit by count: steps alone, open_connections is a gauge without a window.")
        { IsRequired = true },
        new KeyEntry("key", KeyParts with { Least = 0 }, "One count for each combination of these; [] is one count over everything.") { IsRequired = true },
        new KeyEntry("when", new ExpressionForm(), "Only events for which it holds count."),
        new KeyEntry("unless", new ExpressionForm(), "Events for which it holds do not count."),
        new KeyEntry("window", new DurationForm(Second, TimeSpan.FromDays(31)), "How long an event counts: a truly sliding window. Required but for open_connections."),
        new KeyEntry("refused", ChoiceForm.Of(PolicyWords.Refused), "Whether a hit is undone when Pmilter refuses that event (ignore), or counts all the same.") { Default = "ignore" },
        UnknownParts,
        new KeyEntry("mta_refused", ChoiceForm.Of(PolicyWords.Include), "Counts recipients too that the MTA itself refused."),
        new KeyEntry("max_keys", new IntegerForm(1, 100_000_000), "So many keys are kept; the least recently used go first.") { Default = "100000" },
        new KeyEntry("max_memory", new SizeForm(1024 * 1024, 1L << 40), "So much memory is used for them.") { Default = "64MB" },
        new KeyEntry("scope", ChoiceForm.Of(PolicyWords.LocalScope), "Whether servers that share state count together, or each for itself.") { Default = "shared" });

    public static KeyTable Ban { get; } = new(
        "a ban",
        new KeyEntry("key", KeyParts, "Who is banned.") { IsRequired = true },
        new KeyEntry("for", new EitherForm(BanTime, Released, new ListForm(new EitherForm(BanTime, Released), Least: 1)), "How long; of a list each repeat takes the next, and 'released' lasts until it is lifted by hand.")
        {
            IsRequired = true,
        },
        new KeyEntry("forget", new DurationForm(Second, Longest), "After that long without a repeat the first step of the list comes again.") { Default = "7d" },
        UnknownParts);

    public static KeyTable Greylist { get; } = new(
        "a greylist",
        new KeyEntry("key", KeyParts, "The tuple that has to come back.") { IsRequired = true },
        new KeyEntry("delay", new DurationForm(Second, TimeSpan.FromDays(1)), "A retry passes when its tuple was first seen that long ago.") { Default = "5m" },
        new KeyEntry("retry_within", new DurationForm(TimeSpan.FromSeconds(2), TimeSpan.FromDays(60)), "After that time without a pass the tuple is new again.") { Default = "2d" },
        new KeyEntry("remember", new DurationForm(TimeSpan.FromSeconds(2), Longest), "How long a tuple that has passed, and a client's trust, last after their last use.") { Default = "35d" },
        new KeyEntry("trust_client_after", new IntegerForm(0, 1000), "A client that has passed with so many tuples is not asked any more; 0: never.") { Default = "0" },
        new KeyEntry("learn_for", new DurationForm(TimeSpan.Zero, TimeSpan.FromDays(366)), "From its first use on everybody passes that long and is noted.") { Default = "0s" },
        UnknownParts);

    public static KeyTable Memory { get; } = new(
        "a memory",
        new KeyEntry("key", KeyParts, "What is remembered.") { IsRequired = true },
        new KeyEntry("for", new DurationForm(Second, Longest), "How long after the last time.") { Default = "60d" },
        UnknownParts);
}
