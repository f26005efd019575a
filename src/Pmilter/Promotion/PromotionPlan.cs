using Pmilter.Configuration;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Server;

namespace Pmilter.Promotion;

/// <summary>The files as they will be, compiled before any of them is replaced.</summary>
internal sealed class PromotionPlan
{
    private const string Default = "default";

    private PromotionPlan(IReadOnlyList<TextEdits> edits) => Files = edits;

    public IReadOnlyList<TextEdits> Files { get; }

    /// <exception cref="ServerStartException">It cannot be done by changing modes; nothing was written.</exception>
    public static PromotionPlan Make(PromotionTarget target, IReadOnlyList<RuleReference> rules, string configuration, ServerSettings settings)
    {
        var diagnostics = new DiagnosticBag();
        var sources = new PolicyFiles(diagnostics).ReadAll(settings.Policies);
        var place = target.Rules[0].Span.Source.Path;
        var policy = sources.First(source => source.Path == place);
        var isServerWatching = ModeOf(settings.Modes, target.Policy) == PolicyMode.Monitor;
        var edits = new PromotionEdits(target, rules);
        var inPolicy = edits.InPolicy(policy, isServerWatching);
        var inServer = isServerWatching ? edits.InServer(TextFile.Read(configuration, diagnostics)) : null;

        var changed = inServer?.Apply();
        var modes = changed is null ? settings.Modes : ServerConfigurationReader.Read(changed, diagnostics).Policies.Mode;
        SourceText[] after = [.. sources.Select(source => ReferenceEquals(source, policy) ? inPolicy.Apply() : source)];
        var compiled = new PolicyStage(settings with { Modes = modes }, after, TimeProvider.System.GetUtcNow()).AsServed(diagnostics);
        Check(target, rules, compiled, diagnostics);
        return new PromotionPlan([.. new[] { inPolicy, inServer }.OfType<TextEdits>().Where(edit => !edit.IsEmpty)]);
    }

    /// <summary>The policy first: should the second fail, its rules are still watched by the server.</summary>
    public void Write()
    {
        foreach (var file in Files)
        {
            TextFile.Replace(file.Source.Path, file.Apply().Text);
        }
    }

    private static void Check(PromotionTarget target, IReadOnlyList<RuleReference> before, PolicySet? after, DiagnosticBag diagnostics)
    {
        if (after is null || diagnostics.HasErrors)
        {
            throw new ServerStartException($"The changed files would not be loaded; nothing was written.\n{DiagnosticRenderer.Render([.. diagnostics.All.Where(one => one.Severity == DiagnosticSeverity.Error)])}");
        }

        var modes = after.Rules.Select(rule => rule.Rule).ToDictionary(rule => (rule.Policy, rule.Id), rule => rule.Mode);
        foreach (var rule in before)
        {
            var wanted = target.Has(rule) && rule.Mode == PolicyMode.Monitor ? PolicyMode.Enforce : rule.Mode;
            if (modes.TryGetValue((rule.Policy, rule.Id), out var mode) && mode == wanted)
            {
                continue;
            }

            throw new ServerStartException(
                $"Nothing was written: {rule.Policy}/{rule.Id} would be {Word(mode)}, and should be {Word(wanted)}. Its mode cannot be changed here (a handler has none of its own); change the three modes by hand.");
        }
    }

    private static PolicyMode ModeOf(IReadOnlyDictionary<string, PolicyMode> modes, string policy) =>
        modes.TryGetValue(policy, out var mode) || modes.TryGetValue(Default, out mode) ? mode : PolicyMode.Enforce;

    private static string Word(PolicyMode mode) => mode.ToString().ToLowerInvariant();
}
