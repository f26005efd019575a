using System.Globalization;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Reads files of tests. Everything that is wrong is told; a test that could not fail is an error.</summary>
internal sealed class PolicyTestReader(DiagnosticBag diagnostics)
{
    private readonly SampleReader _samples = new(diagnostics);

    /// <summary>A Monday.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public PolicyTestFile? Read(SourceText source)
    {
        if (YamlReader.Read(source, diagnostics) is not { } root)
        {
            return null;
        }

        if (root is not YamlMapping mapping)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(root.Span, "the file", "no mapping", "a mapping with 'tests:'"));
            return null;
        }

        var file = new MappingReader(mapping, PolicyTestKeys.File, diagnostics);
        file.Require("tests", "write tests: with a list");
        var lists = ListsOf(file, new Dictionary<string, YamlEntry>(StringComparer.Ordinal));
        var message = MessageOf(file, new SampleMessage());
        var tests = new List<PolicyTest>();
        foreach (var item in file.Has("tests") ? file.Items("tests", "a list of tests") : [])
        {
            if (item is YamlMapping test)
            {
                tests.Add(ReadTest(new MappingReader(test, PolicyTestKeys.Test, diagnostics), lists, message));
                continue;
            }

            diagnostics.Add(ShapeDiagnostics.WrongKind(item.Span, "tests", "something else", "mappings with 'name' and 'send'"));
        }

        return new PolicyTestFile(source, tests);
    }

    private PolicyTest ReadTest(MappingReader test, IReadOnlyDictionary<string, YamlEntry> lists, SampleMessage message)
    {
        test.Require("name");
        test.Require("send", "write send: with a list of messages");
        var name = test.Text("name") ?? new Located<string>(string.Empty, test.Start);
        message = MessageOf(test, message);
        var isOnOne = test.Bool("same_connection") ?? false;
        var entries = new List<SendEntry>();
        foreach (var item in test.Has("send") ? test.Items("send", "a list of messages") : [])
        {
            if (item is YamlMapping entry)
            {
                entries.Add(ReadSend(new MappingReader(entry, PolicyTestKeys.Send, diagnostics), message, isOnOne && entries.Count > 0));
            }
            else
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(item.Span, "send", "something else", "mappings such as { repeat: 20, expect: { verdict: continue } }"));
            }
        }

        if (test.Has("send") && !entries.Any(entry => entry.Expect is not null))
        {
            diagnostics.Add(TestDiagnostics.Vacuous(name.Span, $"the test '{name.Value}' expects nothing", "add expect: { verdict: … } to a message"));
        }

        return new PolicyTest(name, PoliciesOf(test), ListsOf(test, lists), TimeOf(test) ?? Start, entries);
    }

    private SendEntry ReadSend(MappingReader entry, SampleMessage message, bool isOnOne)
    {
        var expect = entry.Nested("expect", "a mapping such as { verdict: continue }") is { } mapping ? new ExpectationReader(diagnostics).Read(mapping) : null;
        return new SendEntry(
            _samples.Read(message, entry),
            entry.Integer("repeat") ?? 1,
            entry.Duration("every")?.Value ?? TimeSpan.Zero,
            entry.Duration("after")?.Value ?? TimeSpan.Zero,
            TimeOf(entry),
            entry.Bool("same_connection") ?? isOnOne,
            entry.Choice("abort", PolicyTestKeys.EarlyEnds)?.Value ?? EarlyEnd.None,
            expect,
            entry.Start);
    }

    private SampleMessage MessageOf(MappingReader parent, SampleMessage message) => parent.Nested("message", "a mapping of fields") is { } mapping
        ? _samples.Read(message, new MappingReader(mapping, SampleKeys.Message, diagnostics))
        : message;

    private static Dictionary<string, YamlEntry> ListsOf(MappingReader parent, IReadOnlyDictionary<string, YamlEntry> before)
    {
        var all = new Dictionary<string, YamlEntry>(before, StringComparer.Ordinal);
        foreach (var entry in parent.Nested("lists", "a mapping of lists")?.Entries ?? [])
        {
            all[entry.Key.Value] = entry;
        }

        return all;
    }

    private static IReadOnlyList<Located<string>> PoliciesOf(MappingReader test) => !test.Has("policy") ? []
        : test.Node("policy") is YamlSequence ? [.. test.Scalars("policy", "a policy's name, or a list of them").Select(s => new Located<string>(s.Value, s.Span))]
        : test.Text("policy") is { } one ? [one] : [];

    private DateTimeOffset? TimeOf(MappingReader parent)
    {
        if (parent.Text("now") is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var now))
        {
            return now;
        }

        diagnostics.Add(ShapeDiagnostics.BadValue(text.Span, "now", text.Value, "a time", "write '2026-01-05T09:30Z'"));
        return null;
    }
}
