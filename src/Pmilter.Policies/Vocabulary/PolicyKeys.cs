using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Vocabulary;

/// <summary>Keys of a policy file.</summary>
public static class PolicyKeys
{
    /// <summary>Items of a list: words, or keys and values of an inline map, which may have several columns.</summary>
    public static EitherForm ListItems { get; } = new(
        new ListForm(new TextForm("entry")),
        new MapForm(new EitherForm(new TextForm("value"), new MapForm(new TextForm("value of the column"), HasAnyKey: true)), HasAnyKey: true));

    public static KeyTable List { get; } = new(
        "a list",
        new KeyEntry("type", ChoiceForm.Of(PolicyWords.ListTypes), "What its entries are; a map has a value for each key.") { IsRequired = true },
        new KeyEntry("items", ListItems, "The entries, here; of a map keys and values."),
        new KeyEntry("file", new TextForm("path"), "The entries, one a line, in a file; of a map CSV with a header line. The path is relative to the policy file."),
        new KeyEntry("min_items", new IntegerForm(0, int.MaxValue), "With fewer entries the file is not taken, and the entries that were good before stay in force: an empty or cut file is often a failed download."),
        new KeyEntry("max_shrink", new ShareForm(), "A file that loses more than that share of its entries at once is not taken, and those that were good before stay in force."))
    {
        ExactlyOneOf = ["items", "file"],
    };

    public static KeyTable Handlers { get; } = new(
        "handlers",
        [.. PolicyWords.Phases.Select(phase => new KeyEntry(phase.Word, new TextForm("path of a Ruby file"), $"Runs at {phase.Word}, after the file's rules of that phase."))]);

    public static KeyTable File { get; } = new(
        "a policy file",
        new KeyEntry("policy", new NameForm(), "The policy's name, unique among all files.") { IsRequired = true },
        new KeyEntry("version", new IntegerForm(1, 1), "Version of the format.") { Default = "1" },
        new KeyEntry("description", new TextForm(), "What the policy is for."),
        new KeyEntry("mode", ChoiceForm.Of(PolicyWords.Modes), "The file's strength: monitor records what its rules would do; the weakest of server, file and rule counts.") { Default = "enforce" },
        new KeyEntry("when", new ExpressionForm(), "Holds for every rule and every counter of the file."),
        new KeyEntry("unless", new ExpressionForm(), "Exempts from every rule and every counter of the file."),
        new KeyEntry("use", new ListForm(new NameForm("name of a policy")), "Takes over the lists, patterns and macros of these policies as bare names."),
        new KeyEntry("lists", new MapForm(new TableForm(List)), "Lists and maps, asked by in_list() and lookup()."),
        new KeyEntry("patterns", new MapForm(new TextForm("regular expression")), "Regular expressions (.NET, ignoring case), asked by matches(). Write them in single quotes."),
        new KeyEntry("macros", new MapForm(new ExpressionForm("condition or expression")), "Conditions and expressions with a name, used as a bare word."),
        new KeyEntry("counters", new MapForm(new TableForm(StateKeys.Counter)), "What is counted in sliding windows, read by limit: and counter()."),
        new KeyEntry("bans", new MapForm(new TableForm(StateKeys.Ban)), "Filled by ban: steps, read by banned()."),
        new KeyEntry("greylists", new MapForm(new TableForm(StateKeys.Greylist)), "Asked by greylist: steps."),
        new KeyEntry("memories", new MapForm(new TableForm(StateKeys.Memory)), "Written by remember: steps, read by remembered()."),
        new KeyEntry("handlers", new TableForm(Handlers), "Ruby files by phase."),
        new KeyEntry("rules", new ListForm(new TableForm(RuleKeys.Rule)), "The rules, in the order in which they run."));
}
