using Pmilter.Configuration;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Safety;
using Pmilter.Server.Lists;

namespace Pmilter.Server;

/// <summary>From the policy folder to a set; at start, at reload and for <c>check</c>. Lists may not shrink too much from one good load to the next.</summary>
internal sealed class PolicyLoader(ServerSettings options, TimeProvider time)
{
    private PolicySet _lastGood = PolicySet.Empty;
    private PolicyLoad? _inForce;

    /// <summary>Reads <c>policies.mode</c> at each load; null: it stays as it was at the start.</summary>
    public Func<DiagnosticBag, IReadOnlyDictionary<string, PolicyMode>>? Modes { get; init; }

    /// <summary>The folder that the policies say they stand in, so that lists and handlers are found there; null: where they are.</summary>
    public string? PresentedAs { get; init; }

    /// <summary>The modes of the last load.</summary>
    public IReadOnlyDictionary<string, PolicyMode> LastModes { get; private set; } = options.Modes;

    /// <summary>What an operator has changed for a while; null: nothing, in <c>check</c>.</summary>
    public Func<Interventions>? Interventions { get; init; }

    /// <summary>Lists that were good before, in the running server; null where a list that is not good is a mistake: in <c>check</c>.</summary>
    public ListShelf? Lists { get; init; }

    /// <summary>For <c>rules --asks</c>.</summary>
    public bool TellsNeeds { get; init; }

    /// <exception cref="ServerStartException">The folder cannot be read.</exception>
    public PolicyLoad Load()
    {
        var diagnostics = new DiagnosticBag();
        var files = new PolicyFiles(diagnostics);
        var sources = options.InlinePolicy is { } inline ? [inline] : files.ReadAll(options.Policies, PresentedAs ?? options.Policies);
        LastModes = sources.Count == 0 ? LastModes : Modes?.Invoke(diagnostics) ?? options.Modes;
        var load = Compile(sources, LastModes, files, diagnostics);
        _inForce ??= load.Set is null ? null : load;
        return load;
    }

    /// <summary>The texts in force once more, under what an operator has changed since: what is on disk may be half written. Null before any is.</summary>
    public PolicyLoad? Again()
    {
        var diagnostics = new DiagnosticBag();
        return _inForce is { } load ? Compile(load.Sources, load.Modes, new PolicyFiles(diagnostics), diagnostics) : null;
    }

    /// <summary>What was loaded has replaced what was.</summary>
    public void Take(PolicyLoad load) => _inForce = load;

    private PolicyLoad Compile(IReadOnlyList<SourceText> sources, IReadOnlyDictionary<string, PolicyMode> modes, PolicyFiles files, DiagnosticBag diagnostics)
    {
        var kept = new List<KeptList>();
        var interventions = (Interventions?.Invoke() ?? Safety.Interventions.None).At(time.GetUtcNow());
        var generated = BlockPolicy.Of(interventions.Blocks);
        if (sources.Count == 0 && generated is null)
        {
            return new PolicyLoad(PolicySet.Empty, sources, diagnostics) { Modes = modes };
        }

        var compiler = Options(modes, kept) with
        {
            Generated = generated,
            Lowered = interventions.InMonitor.ToHashSet(StringComparer.Ordinal),
        };
        var set = PolicyCompiler.Compile(sources, files, compiler, diagnostics);
        if (set is null || diagnostics.HasErrors)
        {
            return new PolicyLoad(null, sources, diagnostics) { Kept = kept, Modes = modes };
        }

        foreach (var written in options.Fuse?.Written ?? [])
        {
            string[] known = [.. set.Rules.Select(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}")];
            if (!known.Contains(written.Value, StringComparer.Ordinal))
            {
                diagnostics.Add(ConfigurationDiagnostics.NoFuseRule(written.Span, written.Value, Suggestion.For(written.Value, known) ?? "'pmilter rules' lists them"));
            }
        }

        _lastGood = set;
        return new PolicyLoad(set, sources, diagnostics) { Kept = kept, Modes = modes };
    }

    private CompilerOptions Options(IReadOnlyDictionary<string, PolicyMode> modes, List<KeptList> kept)
    {
        var now = time.GetUtcNow();
        var counts = _lastGood.ListCounts;
        var reading = new ListReading { Now = now, Kept = kept.Add, PreviousCount = (policy, list) => counts.TryGetValue((policy, list), out var count) ? count : null };
        return new CompilerOptions
        {
            Modes = modes,
            Now = now,
            Lists = Lists?.Extend(reading) ?? reading,
            NoticeTargets = options.NoticeTargets,
            TrustedAuthServers = options.TrustedAuthServers,
            Protection = options.Engine.Protection,
            Authentication = options.Authentication,
            Zone = options.Engine.Zone,
            EventDeadline = options.Session.EventDeadline,
            OnError = options.Engine.OnError,
            StateOnError = options.Engine.StateOnError,
            TellsNeeds = TellsNeeds,
        };
    }
}

/// <summary>What came of it.</summary>
/// <param name="Set">Null when there are errors.</param>
/// <param name="Sources">The policy files.</param>
/// <param name="Diagnostics">Everything that the author should know.</param>
internal sealed record PolicyLoad(PolicySet? Set, IReadOnlyList<SourceText> Sources, DiagnosticBag Diagnostics)
{
    /// <summary><c>policies.mode</c>.</summary>
    public IReadOnlyDictionary<string, PolicyMode> Modes { get; init; } = new Dictionary<string, PolicyMode>(StringComparer.Ordinal);

    /// <summary>Lists that go on with what was good before.</summary>
    public IReadOnlyList<KeptList> Kept { get; init; } = [];
}
