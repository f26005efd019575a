using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Rehearsal;

/// <summary>The policies of a configuration, compiled for rehearsals: with notes, without the server's modes unless they are asked for.</summary>
internal sealed class PolicyStage(ServerSettings settings, IReadOnlyList<SourceText> sources, DateTimeOffset now, bool isReplay = false)
{
    private readonly Dictionary<string, PolicySet> _sets = new(StringComparer.Ordinal);
    private readonly Lazy<PolicyNames[]> _names = new(() => [.. sources.Select(PolicyNames.Of)]);

    public IReadOnlyList<SourceText> Sources => sources;

    /// <summary>Who opens the lists that policies name.</summary>
    public Func<DiagnosticBag, IListFileReader> Lists { get; init; } = diagnostics => new PolicyFiles(diagnostics);

    /// <summary>Where the policies are.</summary>
    /// <exception cref="ServerStartException">They cannot be read.</exception>
    public static IReadOnlyList<SourceText> Read(ServerSettings settings, DiagnosticBag diagnostics) =>
        settings.InlinePolicy is { } inline ? [inline] : new PolicyFiles(diagnostics).ReadAll(settings.Policies);

    /// <summary>Each rule in the mode that the server gives it.</summary>
    public PolicySet? AsServed(DiagnosticBag diagnostics) => Compile(sources, settings.Modes, new ListReading { Now = now }, diagnostics);

    /// <summary>Each rule in its own mode, of all policies or of those that are named; a list may have other items.</summary>
    /// <param name="policies">Empty for all.</param>
    public PolicySet? ForTest(IReadOnlyList<string> policies, IReadOnlyDictionary<string, YamlEntry> lists, DiagnosticBag diagnostics)
    {
        // Lists differ by where they are written.
        var key = string.Join('\n', [.. policies, .. lists.OrderBy(list => list.Key, StringComparer.Ordinal).Select(list => $"{list.Key} {list.Value.Key.Span}")]);
        if (_sets.TryGetValue(key, out var known))
        {
            return known;
        }

        var modes = new Dictionary<string, PolicyMode>(StringComparer.Ordinal) { ["default"] = policies.Count == 0 ? PolicyMode.Enforce : PolicyMode.Off };
        foreach (var policy in policies)
        {
            modes[policy] = PolicyMode.Enforce;
        }

        var replaced = new HashSet<string>(StringComparer.Ordinal);
        var set = Compile(SourcesOf(policies), modes, new ListReading { Now = now, Replacement = Replacement }, diagnostics);
        foreach (var (name, entry) in lists.Where(list => set is not null && !replaced.Contains(list.Key)))
        {
            diagnostics.Add(Tests.TestDiagnostics.UnknownList(entry.Key.Span, name));
        }

        if (set is not null)
        {
            _sets.Add(key, set);
        }

        return set;

        YamlNode? Replacement(string name)
        {
            if (!lists.TryGetValue(name, out var entry))
            {
                return null;
            }

            replaced.Add(name);
            return entry.Value;
        }
    }

    /// <summary>The files of the named policies and of those that they use: the others would be compiled for nothing.</summary>
    private IReadOnlyList<SourceText> SourcesOf(IReadOnlyList<string> policies)
    {
        if (policies.Count == 0)
        {
            return sources;
        }

        var wanted = new HashSet<string>(policies, StringComparer.Ordinal);
        for (var before = 0; before < wanted.Count;)
        {
            before = wanted.Count;
            wanted.UnionWith([.. _names.Value.Where(names => wanted.Contains(names.Policy)).SelectMany(names => names.Uses)]);
        }

        return [.. sources.Where((_, i) => wanted.Contains(_names.Value[i].Policy))];
    }

    private PolicySet? Compile(IReadOnlyList<SourceText> from, IReadOnlyDictionary<string, PolicyMode> modes, ListReading lists, DiagnosticBag diagnostics)
    {
        var options = new CompilerOptions
        {
            Modes = modes,
            Now = now,
            Lists = lists with { KeepsReasons = !isReplay },
            IsTracing = !isReplay,
            IsWatching = isReplay,
            NoticeTargets = settings.NoticeTargets,
            TrustedAuthServers = settings.TrustedAuthServers,
            Authentication = settings.Authentication,
            Zone = settings.Engine.Zone,
            EventDeadline = settings.Session.EventDeadline,
            OnError = settings.Engine.OnError,
            StateOnError = settings.Engine.StateOnError,
        };
        return PolicyCompiler.Compile(from, Lists(diagnostics), options, diagnostics);
    }
}

/// <summary>What a policy file is called, and what it uses.</summary>
internal sealed record PolicyNames(string Policy, IReadOnlyList<string> Uses)
{
    public static PolicyNames Of(SourceText source)
    {
        var root = YamlReader.Read(source, new DiagnosticBag()) as YamlMapping;
        var uses = (root?.ValueOf("use") as YamlSequence)?.Items.OfType<YamlScalar>().Select(use => use.Value) ?? [];
        return new PolicyNames(root?.TextOf("policy") ?? string.Empty, [.. uses]);
    }
}
