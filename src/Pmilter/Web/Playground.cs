using System.Net;
using System.Text.Json;
using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Rehearsal.Replays;
using Pmilter.Server;

namespace Pmilter.Web;

/// <summary>
/// What <c>check</c> and <c>explain</c> say, aside from the server: policies are compiled anew, counters begin empty, nobody is told, no
/// handler runs and no name is looked up. One at a time, so that it can never take more than one processor from mail.
/// </summary>
internal sealed class Playground(ServerSettings settings, Func<IReadOnlyDictionary<string, PolicyMode>> modes, IGeoSource geo, TimeProvider time) : IDisposable
{
    private const string Pasted = "pasted.yaml";

    private readonly SemaphoreSlim _gate = new(1, 1);

    private ServerSettings Settings => settings with { Modes = modes() };

    /// <summary>The files on disk, whether they are in force or not.</summary>
    public Task<Action<Utf8JsonWriter>> CheckFilesAsync() => AloneAsync<Action<Utf8JsonWriter>>(() =>
    {
        var load = new PolicyLoader(Settings, time).Load();
        return Task.FromResult<Action<Utf8JsonWriter>>(json =>
        {
            json.WriteStartObject();
            PolicyText.Write(json, load.Sources, load.Set, load.Diagnostics.All);
            json.WriteEndObject();
        });
    });

    /// <summary>Pasted policy and pasted message; without a policy the files on disk.</summary>
    public Task<Action<Utf8JsonWriter>> PlayAsync(PageRequest request) => AloneAsync<Action<Utf8JsonWriter>>(async () =>
    {
        var stage = StageOf(request.Text("policy"), out var sources);
        var diagnostics = new DiagnosticBag();
        var set = stage.AsServed(diagnostics);
        var played = set is null || diagnostics.HasErrors || request.Text("only") == "check" ? new Played(null, string.Empty, [])
            : await PlayAsync(set, Placed(PlayedText.Read(request)), time.GetUtcNow(), new MemoryStateStore(), []).ConfigureAwait(false);
        return json =>
        {
            json.WriteStartObject();
            PolicyText.Write(json, sources, diagnostics.HasErrors ? null : set, diagnostics.All);
            played.WriteTo(json);
            json.WriteEndObject();
        };
    });

    /// <summary>What the policies on disk make of a decision now.</summary>
    public Task<Played> ExplainAsync(RecordedDecision decision) => AloneAsync(async () =>
    {
        var stage = StageOf(string.Empty, out _);
        var diagnostics = new DiagnosticBag();
        if (stage.AsServed(diagnostics) is not { } set || diagnostics.HasErrors)
        {
            return new Played(null, string.Empty, ["The policies on disk have errors: why it was decided so cannot be shown before they are mended."]);
        }

        var notes = new List<string>();
        if (decision.Revision != set.Revision)
        {
            notes.Add($"The decision was made under revision {decision.Revision}; this is what {set.Revision}, the policies on disk, say.");
        }

        var missing = set.ReadFields.Where(field => !KnownFacts.Has(decision, field.Name)).Select(field => field.Name).ToArray();
        if (decision.Phase == "eom" && missing.Length > 0)
        {
            notes.Add($"Not recorded, and taken as empty: {string.Join(", ", missing)}.");
        }

        var played = await PlayAsync(set, decision.Message, decision.Time, new RecordedStore(new MemoryStateStore(), decision.Counter), notes).ConfigureAwait(false);
        if (played.Message is { } message && message.Verdict != decision.Verdict && decision.Verdict != "allow")
        {
            notes.Add($"It was decided otherwise then ({decision.Verdict}{(decision.Rule.Length > 0 ? $" by {decision.Policy}/{decision.Rule}" : string.Empty)}): that rested on counts, bans or texts that are not recorded, or on other policies.");
        }

        return played;
    });

    public void Dispose() => _gate.Dispose();

    private async Task<Played> PlayAsync(PolicySet set, SampleMessage message, DateTimeOffset at, Policies.State.IStateStore state, List<string> notes)
    {
        if (set.Scripts.Count > 0)
        {
            notes.Add("Handlers (ruby:) are not run from here; their rules are taken as failed.");
        }

        var engine = settings.Engine with { Names = null, Scripts = null, ScriptOnError = settings.Ruby.OnError };
        var connection = await PlayedConnection.OpenAsync(new Stage(set, state, engine), message, at).ConfigureAwait(false);
        return new Played(await connection.SendAsync(message, at).ConfigureAwait(false), set.Revision, notes);
    }

    private SampleMessage Placed(SampleMessage message) =>
        message.Place is null && IPAddress.TryParse(message.ClientIp, out var address) ? message with { Place = geo.Find(address) } : message;

    /// <summary>A pasted policy with those on disk that it uses; it takes the place of one with its name.</summary>
    private PolicyStage StageOf(string pasted, out IReadOnlyList<SourceText> sources)
    {
        var onDisk = PolicyStage.Read(settings, new DiagnosticBag());
        if (pasted.Trim().Length == 0)
        {
            sources = onDisk;
            return new PolicyStage(Settings, sources, time.GetUtcNow());
        }

        var policy = new SourceText(Path.Combine(settings.Policies, Pasted), pasted);
        var names = PolicyNames.Of(policy);
        var wanted = new HashSet<string>(names.Uses, StringComparer.Ordinal);
        var others = onDisk.Select(source => (Source: source, Names: PolicyNames.Of(source))).Where(other => other.Names.Policy != names.Policy).ToArray();
        for (var before = -1; before < wanted.Count;)
        {
            before = wanted.Count;
            wanted.UnionWith([.. others.Where(other => wanted.Contains(other.Names.Policy)).SelectMany(other => other.Names.Uses)]);
        }

        sources = [.. others.Where(other => wanted.Contains(other.Names.Policy)).Select(other => other.Source), policy];
        var alone = settings with { Modes = new Dictionary<string, PolicyMode>(StringComparer.Ordinal) };
        return new PolicyStage(alone, sources, time.GetUtcNow()) { Lists = diagnostics => new FolderLists(new PolicyFiles(diagnostics), settings.Policies) };
    }

    private async Task<T> AloneAsync<T>(Func<Task<T>> work)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(work).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
