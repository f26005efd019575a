using System.Collections.Immutable;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Configuration;

/// <summary>Reads <c>fuse:</c> of pmilter.yaml.</summary>
internal static class FuseReader
{
    private const string None = "off";

    public static KeyTable Keys { get; } = new(
        "fuse",
        new KeyEntry("refused_share", new ShareForm(), "A rule that refuses more than that share of all messages goes to monitor, until 'pmilter mode RULE enforce'.") { Default = "10%" },
        new KeyEntry("min", new IntegerForm(1, 1_000_000), "Of fewer messages no share is taken: so many are refused at most before it is known that something is wrong.") { Default = "200" },
        new KeyEntry("in", new DurationForm(TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)), "How far back is looked.") { Default = "10m" },
        new KeyEntry("then", new ChoiceForm(["monitor"]), "What becomes of the rule: it goes on being evaluated and refuses nobody.") { Default = "monitor" },
        new KeyEntry("notify", new TextForm("target"), "Who is told, a target of notify: of pmilter.yaml. The log tells it anyway."),
        new KeyEntry("all_rules", new ShareForm(), "All rules together: when they refuse more, every rule goes to monitor. Left out: no such fuse."),
        new KeyEntry("rules", new MapForm(new EitherForm(new ShareForm(), new ChoiceForm([None])), HasAnyKey: true), "Shares of their own: { geo/closed: 60%, bulk/flood: off }. A greylist counts only if it stands here."));

    /// <summary>Null where the section is left out.</summary>
    /// <param name="targets">Of <c>notify</c>.</param>
    public static FuseSection? Read(YamlMapping? mapping, IReadOnlyCollection<string> targets, DiagnosticBag diagnostics)
    {
        if (mapping is null)
        {
            return null;
        }

        var standard = new FuseSection();
        var fuse = new MappingReader(mapping, Keys, diagnostics);
        _ = fuse.Choice("then", [("monitor", true)]);
        var target = fuse.Text("notify");
        if (target is { Value.Length: > 0 } && !targets.Contains(target.Value, StringComparer.Ordinal))
        {
            diagnostics.Add(ConfigurationDiagnostics.UnknownFuseTarget(target.Span, target.Value, targets));
        }

        var rules = fuse.Nested("rules", "rules and shares: { geo/closed: 60% }")?.Entries ?? [];
        return new FuseSection
        {
            Share = fuse.Percent("refused_share") ?? standard.Share,
            Min = fuse.Integer("min") ?? standard.Min,
            Window = fuse.Duration("in")?.Value ?? standard.Window,
            Notify = target?.Value ?? standard.Notify,
            ShareOfAll = fuse.Percent("all_rules"),
            Rules = Shares(rules, diagnostics),
            Written = [.. rules.Select(entry => new Located<string>(entry.Key.Value, entry.Key.Span))],
        };
    }

    private static ImmutableDictionary<string, double?> Shares(ImmutableArray<YamlEntry> rules, DiagnosticBag diagnostics)
    {
        var shares = ImmutableDictionary.CreateBuilder<string, double?>(StringComparer.Ordinal);
        foreach (var entry in rules)
        {
            if (entry.Key.Value.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                diagnostics.Add(ConfigurationDiagnostics.BadFuseRule(entry.Key.Span, entry.Key.Value));
            }
            else if (entry.Value is not YamlScalar share)
            {
                diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, "not one value", "60% or off"));
            }
            else
            {
                shares[entry.Key.Value] = share.Value == None ? null : ValueReader.Percent(entry.Key.Value, share, diagnostics);
            }
        }

        return shares.ToImmutable();
    }
}
