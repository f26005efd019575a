using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal.Tests;

/// <summary>A file of tests as written, its messages merged.</summary>
internal sealed record PolicyTestFile(SourceText Source, IReadOnlyList<PolicyTest> Tests);

/// <param name="Name">Unique in its file.</param>
/// <param name="Policies">Those that run; empty for all.</param>
/// <param name="Lists">In the place of the policies' own, by name; the test's over the file's.</param>
/// <param name="Now">When the clock starts.</param>
/// <param name="Send">The script.</param>
internal sealed record PolicyTest(
    Located<string> Name, IReadOnlyList<Located<string>> Policies, IReadOnlyDictionary<string, YamlEntry> Lists, DateTimeOffset Now, IReadOnlyList<SendEntry> Send);

/// <param name="Message">With all defaults, <c>{n}</c> not filled.</param>
/// <param name="Repeat">How often, at least once.</param>
/// <param name="Every">Passes after each.</param>
/// <param name="After">Passes before the first.</param>
/// <param name="Now">Sets the clock before.</param>
/// <param name="SameConnection">On the connection of the message before.</param>
/// <param name="End">How it is given up early.</param>
/// <param name="Expect">Null for a message that only prepares.</param>
/// <param name="Span">The entry.</param>
internal sealed record SendEntry(
    SampleMessage Message, int Repeat, TimeSpan Every, TimeSpan After, DateTimeOffset? Now, bool SameConnection, EarlyEnd End, Expectation? Expect, SourceSpan Span);

/// <summary>What is not named is not looked at.</summary>
internal sealed record Expectation(SourceSpan Span)
{
    public Located<string>? Verdict { get; init; }

    /// <summary><c>rule</c> or <c>policy/rule</c>; empty: no rule decided.</summary>
    public Located<string>? Rule { get; init; }

    public Located<string>? Phase { get; init; }

    /// <summary>A part of the reply.</summary>
    public Located<string>? Reply { get; init; }

    /// <summary>Of the message as it goes on; empty: there is none of that name.</summary>
    public IReadOnlyList<(Located<string> Name, string Value)>? Headers { get; init; }

    /// <summary>Those that the message goes on to.</summary>
    public IReadOnlyList<Located<string>>? Recipients { get; init; }

    /// <summary>Recipient → what is expected of it.</summary>
    public IReadOnlyList<(Located<string> Recipient, Expectation Expect)> EachRecipient { get; init; } = [];

    public Located<string>? Sender { get; init; }

    /// <summary>Exactly the monitor rules that would have decided.</summary>
    public IReadOnlyList<ExpectedWould>? Would { get; init; }

    /// <summary>Exactly the targets that are told of this message.</summary>
    public IReadOnlyList<Located<string>>? Notices { get; init; }

    /// <summary>Counter → its count with this message.</summary>
    public IReadOnlyList<(Located<string> Counter, double Value)> Counters { get; init; } = [];

    /// <summary>Ban → keys that are banned after this message.</summary>
    public IReadOnlyList<(Located<string> Ban, IReadOnlyList<string> Keys)> Bans { get; init; } = [];
}

/// <param name="Verdict">Null: whatever it would have decided.</param>
internal sealed record ExpectedWould(Located<string> Rule, string? Verdict);
