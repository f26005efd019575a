using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server.Lists;

namespace Pmilter.Server;

/// <summary>From the policy folder to a set; at start, at reload and for <c>check</c>. Lists may not shrink too much from one good load to the next.</summary>
internal sealed class PolicyLoader(ServerSettings options, TimeProvider time)
{
    private PolicySet _lastGood = PolicySet.Empty;

    /// <summary>Reads <c>policies.mode</c> at each load; null: it stays as it was at the start.</summary>
    public Func<DiagnosticBag, IReadOnlyDictionary<string, PolicyMode>>? Modes { get; init; }

    /// <summary>The folder that the policies say they stand in, so that lists and handlers are found there; null: where they are.</summary>
    public string? PresentedAs { get; init; }

    /// <summary>The modes of the last load.</summary>
    public IReadOnlyDictionary<string, PolicyMode> LastModes { get; private set; } = options.Modes;

    /// <summary>Lists that were good before, in the running server; null where a list that is not good is a mistake: in <c>check</c>.</summary>
    public ListShelf? Lists { get; init; }

    /// <exception cref="ServerStartException">The folder cannot be read.</exception>
    public PolicyLoad Load()
    {
        var kept = new List<KeptList>();
        var diagnostics = new DiagnosticBag();
        var files = new PolicyFiles(diagnostics);
        var sources = options.InlinePolicy is { } inline ? [inline] : files.ReadAll(options.Policies, PresentedAs ?? options.Policies);
        if (sources.Count == 0)
        {
            return new PolicyLoad(PolicySet.Empty, sources, diagnostics);
        }

        var modes = LastModes = Modes?.Invoke(diagnostics) ?? options.Modes;
        var set = PolicyCompiler.Compile(sources, files, Options(modes, kept), diagnostics);
        set = diagnostics.HasErrors ? null : set;
        _lastGood = set ?? _lastGood;
        return new PolicyLoad(set, sources, diagnostics) { Kept = kept };
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
            Authentication = options.Authentication,
            Zone = options.Engine.Zone,
            EventDeadline = options.Session.EventDeadline,
            OnError = options.Engine.OnError,
            StateOnError = options.Engine.StateOnError,
        };
    }
}

/// <summary>What came of it.</summary>
/// <param name="Set">Null when there are errors.</param>
/// <param name="Sources">The policy files.</param>
/// <param name="Diagnostics">Everything that the author should know.</param>
internal sealed record PolicyLoad(PolicySet? Set, IReadOnlyList<SourceText> Sources, DiagnosticBag Diagnostics)
{
    /// <summary>Lists that go on with what was good before.</summary>
    public IReadOnlyList<KeptList> Kept { get; init; } = [];
}
