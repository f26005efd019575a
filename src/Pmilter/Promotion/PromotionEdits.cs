using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Promotion;

/// <summary>
/// The texts in which the wanted rules are enforced and all others keep their mode. The effective mode is the weakest of pmilter.yaml,
/// file and rule, so each of the three that says monitor is changed; the policy's other rules then say it themselves.
/// </summary>
/// <param name="rules">All rules, in the modes that they have now.</param>
internal sealed class PromotionEdits(PromotionTarget target, IReadOnlyList<RuleReference> rules)
{
    private const string Enforce = "enforce";
    private const string Monitor = "monitor";

    /// <exception cref="ServerStartException">A place is off, or is not where it can be changed.</exception>
    public TextEdits InPolicy(SourceText source, bool isServerWatching)
    {
        var edits = new TextEdits(source);
        if (YamlReader.Read(source, new DiagnosticBag()) is not YamlMapping root)
        {
            throw new ServerStartException($"{source.Path} is no policy.");
        }

        var isFileWatching = root.TextOf("mode") == Monitor;
        if (isFileWatching)
        {
            edits.Replace(root.ValueOf("mode")!.Span, Enforce);
        }

        foreach (var rule in (root.ValueOf("rules") as YamlSequence)?.Items.OfType<YamlMapping>() ?? [])
        {
            var reference = rules.FirstOrDefault(known => known.Policy == target.Policy && known.Id == rule.TextOf("id"));
            if (reference is null || reference.Mode == PolicyMode.Off)
            {
                continue;
            }

            if (target.Has(reference))
            {
                Replace(edits, rule, Monitor, Enforce);
            }
            else if (isFileWatching || isServerWatching)
            {
                KeepWatching(edits, rule);
            }
        }

        return edits;
    }

    /// <exception cref="ServerStartException">The place in the file cannot be found.</exception>
    public TextEdits InServer(SourceText source) => ServerModesText.Set(source, [target.Policy], Enforce)
        ?? throw new ServerStartException($"{source.Path}: policies.mode is written in a way that cannot be changed here. Write {target.Policy}: {Enforce} there.");

    private static void Replace(TextEdits edits, YamlMapping rule, string from, string to)
    {
        if (rule.ValueOf("mode") is YamlScalar mode && mode.Value == from)
        {
            edits.Replace(mode.Span, to);
        }
    }

    private static void KeepWatching(TextEdits edits, YamlMapping rule)
    {
        if (rule.ValueOf("mode") is not null)
        {
            Replace(edits, rule, Enforce, Monitor);
            return;
        }

        var identity = rule.Entries.First(entry => entry.Key.Value == "id");
        if (rule.IsFlow())
        {
            edits.Insert(identity.Value.Span.EndOf(), $", mode: {Monitor}");
        }
        else
        {
            edits.InsertLineBelow(identity.Value.Span.EndOf(), identity.Key.Span.Column - 1, $"mode: {Monitor}");
        }
    }
}
