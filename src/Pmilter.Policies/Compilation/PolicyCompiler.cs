using Pmilter.Policies.Authentication;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>From policy texts to a running set: the driver. Everything that is wrong is reported; with an error there is no set.</summary>
public static class PolicyCompiler
{
    public static PolicySet? Compile(
        IReadOnlyList<SourceText> sources, IListFileReader files, CompilerOptions options, DiagnosticBag diagnostics)
    {
        var lists = options.Lists ?? new ListReading { Now = options.Now };
        var documents = new List<PolicyDocument>(sources.Count);
        foreach (var source in options.Generated is { } generated ? [generated, .. sources] : sources)
        {
            if (PolicyDocumentParser.Parse(source, files, diagnostics, lists) is { } document)
            {
                documents.Add(document);
            }
        }

        var policies = new PolicyBinder(documents, options, diagnostics).Bind();
        var written = policies.RemoveAll(policy => ReferenceEquals(policy.Document.Source, options.Generated));
        UnreachableRules.Report(written, diagnostics);
        DoubtfulRules.Report(written, diagnostics);
        BroadExceptions.Report(written, diagnostics);
        if (diagnostics.HasErrors)
        {
            return null;
        }

        UnusedNames.Report(written, diagnostics);
        var live = LiveParts.Of(policies) with { NeedsWholeMessages = options.Authentication is not null };
        var set = new PolicySetBuilder(policies, live, RequirementsDerivation.Derive(live, options), options).Build(Revision.Of(sources, documents.SelectMany(document => document.Lists).Select(list => list.Content).OfType<FileList>(), options), documents);
        set.NeedsByRule = options.TellsNeeds ? RequirementsDerivation.OfEachRule(live, options) : [];
        return set;
    }
}

/// <summary>What the server's configuration says to the compiler.</summary>
public sealed record CompilerOptions
{
    /// <summary><c>policies.mode</c>: policy name → mode; <c>default</c> for the rest. The effective mode is the weakest.</summary>
    public IReadOnlyDictionary<string, PolicyMode> Modes { get; init; } = new Dictionary<string, PolicyMode>(StringComparer.Ordinal);

    /// <summary>Every rule, in <see cref="Lowered"/>.</summary>
    public const string AllRules = "all";

    /// <summary>Rules (<c>policy/rule</c>) that an operator has put in monitor for a while; the revision is not another for it.</summary>
    public IReadOnlySet<string> Lowered { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>A policy of the server's own, placed first and always enforced; null for none. The revision is not another for it.</summary>
    public SourceText? Generated { get; init; }

    /// <summary>For expiry of list lines and rules.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What lists are compared with; null for <see cref="Now"/> and no earlier lists.</summary>
    public ListReading? Lists { get; init; }

    /// <summary>For explanations: every part of a condition notes its value when the engine has a trace.</summary>
    public bool IsTracing { get; init; }

    /// <summary>For <c>rules --asks</c>: the set says what each rule makes it ask of the MTA.</summary>
    public bool TellsNeeds { get; init; }

    /// <summary>For replays: each fact tells the engine's watch that it is read.</summary>
    public bool IsWatching { get; init; }

    /// <summary><c>notify</c>: whom <c>notify:</c> steps may name.</summary>
    public IReadOnlyDictionary<string, NoticeTarget> NoticeTargets { get; init; } = new Dictionary<string, NoticeTarget>(StringComparer.Ordinal);

    /// <summary><c>auth.trusted</c>: authserv-ids as written.</summary>
    public IReadOnlyList<string> TrustedAuthServers { get; init; } = [];

    /// <summary><c>protect</c>: what tells whether somebody is protected must be asked of the MTA. Default: nobody.</summary>
    public Protection Protection { get; init; } = Protection.None;

    /// <summary><c>auth.check</c>; null where it is off.</summary>
    public AuthenticationOptions? Authentication { get; init; }

    /// <summary><c>server.zone</c>.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>For checks of delay: <c>server.event_deadline</c>.</summary>
    public TimeSpan EventDeadline { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary><c>server.on_error</c>: a phase where a rule may fail into a verdict must be answered.</summary>
    public OnError OnError { get; init; }

    /// <summary><c>state.on_error</c>; null for <c>local</c>.</summary>
    public OnError? StateOnError { get; init; }

    /// <summary>How many rules of a phase must demand a value of one field before they are found by it.</summary>
    internal int LeastIndexedRules { get; init; } = RuleIndex.LeastRules;
}
