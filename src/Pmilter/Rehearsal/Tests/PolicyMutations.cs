using System.Globalization;
using System.Text.RegularExpressions;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Promotion;

namespace Pmilter.Rehearsal.Tests;

/// <summary>A policy with one thing changed.</summary>
/// <param name="Place">File and line of the change.</param>
/// <param name="What"><c>limit of bulk_same_from 20 → 21</c>.</param>
internal sealed record PolicyMutation(string Place, string What, SourceText Changed);

/// <summary>All small changes of a policy file that its tests should notice, each by itself.</summary>
internal sealed class PolicyMutations(SourceText source)
{
    private readonly List<PolicyMutation> _all = [];
    private readonly List<string> _off = [];

    /// <summary>The policy's name; empty for a file that is none.</summary>
    public string Policy { get; private set; } = string.Empty;

    public static PolicyMutations Of(SourceText source)
    {
        var mutations = new PolicyMutations(source);
        if (YamlReader.Read(source, new DiagnosticBag()) is YamlMapping root)
        {
            mutations.Policy = root.TextOf("policy");
            mutations.AddFile(root);
        }

        return mutations;
    }

    public IReadOnlyList<PolicyMutation> All => _all;

    /// <summary>Rules that are off and counters that only they read, with their place: no change of them makes a difference.</summary>
    public IReadOnlyList<string> Off => _off;

    private void AddFile(YamlMapping root)
    {
        AddUnless(root, "the file");
        foreach (var (name, list) in Named(root, "lists"))
        {
            AddItems(list, "items", $"list {name}", least: 0);
        }

        YamlMapping[] rules = [.. (root.ValueOf("rules") as YamlSequence)?.Items.OfType<YamlMapping>() ?? []];
        YamlMapping[] off = [.. rules.Where(rule => rule.TextOf("mode") == "off")];
        foreach (var (name, counter) in Named(root, "counters"))
        {
            if (off.Any(rule => Mentions(TextOf(rule), name) > 0) && Mentions(source.Text, name) == 1 + off.Sum(rule => Mentions(TextOf(rule), name)))
            {
                AddOff("counter", name, counter.Span);
                continue;
            }

            AddDuration(counter, "window", $"window of {name}");
            AddUnless(counter, name);
            AddKey(counter, name);
        }

        foreach (var (name, ban) in Named(root, "bans"))
        {
            AddDuration(ban, "for", $"ban {name}");
            AddKey(ban, name);
        }

        foreach (var (name, greylist) in Named(root, "greylists"))
        {
            AddDuration(greylist, "delay", $"delay of {name}");
            AddKey(greylist, name);
        }

        foreach (var rule in off)
        {
            AddOff("rule", rule.TextOf("id"), rule.Span);
        }

        foreach (var rule in rules.Except(off))
        {
            AddRule(rule);
        }
    }

    private void AddOff(string what, string name, SourceSpan span) => _off.Add(string.Create(CultureInfo.InvariantCulture, $"{source.Path}:{span.Line}: {what} {name}"));

    private string TextOf(YamlNode node) => source.Text.Substring(node.Span.Start, node.Span.Length);

    /// <summary>As a word; a comment that names it makes it one more that is tried.</summary>
    private static int Mentions(string text, string name) =>
        Regex.Count(text, $@"(?<!\w){Regex.Escape(name)}(?!\w)", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private void AddRule(YamlMapping rule)
    {
        if (rule.Entries.FirstOrDefault(entry => entry.Key.Value == "id") is not { Value: YamlScalar id } identity)
        {
            return;
        }

        AddOff(rule, identity, id.Value);
        AddUnless(rule, id.Value);
        if (rule.ValueOf("limit") is YamlMapping limit)
        {
            AddMax(limit, id.Value);
            AddDuration(limit, "hold", $"hold of {id.Value}");
            if (limit.ValueOf("hold") is YamlMapping hold)
            {
                AddDuration(hold, "for", $"hold of {id.Value}");
            }
        }

        foreach (var step in (rule.ValueOf("then") as YamlSequence)?.Items ?? [])
        {
            AddVerdict(step, id.Value);
        }
    }

    private void AddOff(YamlMapping rule, YamlEntry identity, string id)
    {
        if (rule.ValueOf("mode") is YamlScalar mode)
        {
            Replace(mode.Span, "off", $"{id} off");
            return;
        }

        var end = identity.Value.Span with { Start = identity.Value.Span.EndOf(), Length = 0 };
        Replace(end, rule.IsFlow() ? ", mode: off" : $"\n{new string(' ', identity.Key.Span.Column - 1)}mode: off", $"{id} off");
    }

    private void AddMax(YamlMapping limit, string id)
    {
        if (limit.ValueOf("max") is not YamlScalar max)
        {
            return;
        }

        if (double.TryParse(max.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            foreach (var other in new[] { number + 1, number - 1 }.Where(n => n >= 0))
            {
                Replace(max.Span, other.ToString(CultureInfo.InvariantCulture), $"limit of {id} {max.Value} → {other.ToString(CultureInfo.InvariantCulture)}");
            }

            return;
        }

        Replace(max.Span, $"\"({max.Value.Replace("\"", "\\\"", StringComparison.Ordinal)}) + 1\"", $"limit of {id} one more");
    }

    private void AddVerdict(YamlNode step, string id)
    {
        var word = step is YamlMapping { Entries.Length: 1 } mapping ? mapping.Entries[0].Key.Value : (step as YamlScalar)?.Value;
        var other = word switch { "tempfail" => "reject", "reject" => "tempfail", _ => null };
        if (other is not null)
        {
            Replace(step.Span, other, $"{id} {word} → {other}");
        }
    }

    private void AddUnless(YamlMapping owner, string name)
    {
        if (owner.ValueOf("unless") is YamlScalar unless)
        {
            Replace(unless.Span, "'false'", $"unless of {name} left out");
        }
    }

    private void AddKey(YamlMapping owner, string name)
    {
        AddItems(owner, "key", $"key of {name}", least: 1);
        if (owner.ValueOf("key") is YamlSequence { Items: [YamlScalar only] })
        {
            var other = only.Value == "client_ip" ? "client_net" : "client_ip";
            Replace(only.Span, other, $"key of {name} {only.Value} → {other}");
        }
    }

    private void AddItems(YamlMapping owner, string key, string what, int least)
    {
        if (owner.ValueOf(key) is not YamlSequence list || list.Items.Length <= least)
        {
            return;
        }

        for (var i = 0; i < list.Items.Length; i++)
        {
            var rest = list.Items.RemoveAt(i).Select(item => source.Text.Substring(item.Span.Start, item.Span.Length));
            Replace(list.Span, $"[{string.Join(", ", rest)}]", $"{what} without {(list.Items[i] as YamlScalar)?.Value}", list.Items[i].Span.Line);
        }
    }

    private void AddDuration(YamlMapping owner, string key, string what)
    {
        if (owner.ValueOf(key) is YamlScalar scalar && ValueReader.Duration(key, scalar, TimeSpan.Zero, TimeSpan.FromDays(10_000), new DiagnosticBag()) is { } value && value > TimeSpan.FromMilliseconds(1))
        {
            Replace(scalar.Span, ValueReader.Show(value * 2), $"{what} {scalar.Value} → {ValueReader.Show(value * 2)}");
            Replace(scalar.Span, ValueReader.Show(value / 2), $"{what} {scalar.Value} → {ValueReader.Show(value / 2)}");
        }
    }

    private void Replace(SourceSpan span, string text, string what, int? line = null)
    {
        var edits = new TextEdits(source);
        edits.Replace(span, text);
        _all.Add(new PolicyMutation(string.Create(CultureInfo.InvariantCulture, $"{source.Path}:{line ?? span.Line}"), what, edits.Apply()));
    }

    private static IEnumerable<(string Name, YamlMapping Mapping)> Named(YamlMapping root, string key) =>
        (root.ValueOf(key) as YamlMapping)?.Entries.Where(entry => entry.Value is YamlMapping).Select(entry => (entry.Key.Value, (YamlMapping)entry.Value)) ?? [];
}
