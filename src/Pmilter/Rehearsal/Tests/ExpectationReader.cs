using System.Globalization;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Reads <c>expect:</c>.</summary>
internal sealed class ExpectationReader(DiagnosticBag diagnostics)
{
    public Expectation Read(YamlMapping mapping)
    {
        var expect = new MappingReader(mapping, PolicyTestKeys.Expect, diagnostics);
        if (mapping.Entries.Length == 0)
        {
            diagnostics.Add(TestDiagnostics.Vacuous(mapping.Span, "the expectation is empty", $"name one of {string.Join(", ", PolicyTestKeys.Expect.Names)}"));
        }

        return Verdict(expect, mapping) with
        {
            Phase = Word(expect, "phase", expect.Table.FormOf<ChoiceForm>("phase").Choices),
            Headers = Headers(expect),
            Recipients = expect.Has("recipients") && expect.Node("recipients") is not YamlMapping ? [.. Texts(expect, "recipients")] : null,
            EachRecipient = expect.Has("recipients") && expect.Node("recipients") is YamlMapping each ? [.. each.Entries.Select(Recipient)] : [],
            Sender = Text(expect, "sender"),
            Would = expect.Has("would") ? [.. Would(expect)] : null,
            Notices = expect.Has("notices") ? [.. Texts(expect, "notices")] : null,
            Counters = [.. Counters(expect)],
            Bans = [.. Bans(expect)],
        };
    }

    private Expectation Verdict(MappingReader expect, YamlMapping mapping) => new(mapping.Span)
    {
        Verdict = Word(expect, "verdict", PolicyTestKeys.Verdicts),
        Rule = Text(expect, "rule"),
        Reply = Text(expect, "reply"),
    };

    private (Located<string> Recipient, Expectation Expect) Recipient(YamlEntry entry)
    {
        var address = new Located<string>(entry.Key.Value, entry.Key.Span);
        if (entry.Value is YamlScalar word)
        {
            Check(word, "verdict", PolicyTestKeys.Verdicts);
            return (address, new Expectation(word.Span) { Verdict = new Located<string>(word.Value, word.Span) });
        }

        if (entry.Value is YamlMapping { Entries.Length: > 0 } mapping)
        {
            return (address, Verdict(new MappingReader(mapping, PolicyTestKeys.Recipient, diagnostics), mapping));
        }

        diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "something else", "a verdict, or { verdict: …, rule: … }"));
        return (address, new Expectation(entry.Value.Span));
    }

    private IReadOnlyList<(Located<string> Name, string Value)>? Headers(MappingReader expect) => expect.Has("headers")
        ? [.. (expect.Nested("headers", "a mapping such as { X-Spam: 'yes' }")?.Entries ?? []).Select(e => (new Located<string>(e.Key.Value, e.Key.Span), (e.Value as YamlScalar)?.Value ?? string.Empty))]
        : null;

    private IEnumerable<(Located<string> Counter, double Value)> Counters(MappingReader expect)
    {
        foreach (var entry in expect.Nested("counters", "a mapping such as { same_from: 20 }")?.Entries ?? [])
        {
            if (entry.Value is YamlScalar scalar && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                yield return (new Located<string>(entry.Key.Value, entry.Key.Span), value);
                continue;
            }

            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "something else", "a number"));
        }
    }

    private IEnumerable<ExpectedWould> Would(MappingReader expect)
    {
        if (expect.Node("would") is not YamlMapping each)
        {
            return Texts(expect, "would").Select(rule => new ExpectedWould(rule, null));
        }

        foreach (var entry in each.Entries)
        {
            if (entry.Value is YamlScalar verdict)
            {
                Check(verdict, "would", PolicyTestKeys.Verdicts);
                continue;
            }

            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "something else", "a verdict"));
        }

        return each.Entries.Select(entry => new ExpectedWould(new Located<string>(entry.Key.Value, entry.Key.Span), (entry.Value as YamlScalar)?.Value));
    }

    private IEnumerable<(Located<string> Ban, IReadOnlyList<string> Keys)> Bans(MappingReader expect)
    {
        foreach (var entry in expect.Nested("bans", "a mapping such as { logins: [alice] }")?.Entries ?? [])
        {
            var items = entry.Value is YamlSequence list ? list.Items : [entry.Value];
            yield return (new Located<string>(entry.Key.Value, entry.Key.Span), [.. items.OfType<YamlScalar>().Where(item => !item.IsEmpty).Select(item => item.Value)]);
        }
    }

    private static IEnumerable<Located<string>> Texts(MappingReader expect, string key) => expect.Node(key) is YamlScalar one
        ? [new Located<string>(one.Value, one.Span)]
        : expect.Scalars(key, "a list").Select(scalar => new Located<string>(scalar.Value, scalar.Span));

    private Located<string>? Word(MappingReader expect, string key, IReadOnlyList<string> words)
    {
        if (!expect.Has(key) || expect.Scalar(key) is not { } scalar)
        {
            return null;
        }

        Check(scalar, key, words);
        return new Located<string>(scalar.Value, scalar.Span);
    }

    private void Check(YamlScalar scalar, string key, IReadOnlyList<string> words)
    {
        if (!words.Contains(scalar.Value, StringComparer.Ordinal))
        {
            var hint = Suggestion.For(scalar.Value, words);
            diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, key, scalar.Value, $"one of {string.Join(", ", words)}", hint));
        }
    }

    /// <summary>An empty text is a value: <c>rule: ''</c>.</summary>
    private Located<string>? Text(MappingReader expect, string key)
    {
        if (!expect.Has(key))
        {
            return null;
        }

        var value = expect.Mapping.Entries.First(e => e.Key.Value == key).Value;
        if (value is YamlScalar scalar)
        {
            return new Located<string>(scalar.Value, scalar.Span);
        }

        diagnostics.Add(ShapeDiagnostics.WrongKind(value.Span, key, "a list or mapping", "text"));
        return null;
    }
}
