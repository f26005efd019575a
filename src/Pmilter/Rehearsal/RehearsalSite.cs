using System.Net;
using Pmilter.Commands;
using Pmilter.Effects.Geo;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Rehearsal;

/// <summary>A configuration's policies as the server would run them, without a server.</summary>
internal sealed class RehearsalSite
{
    private RehearsalSite(ServerSettings settings, PolicyStage policies)
    {
        Settings = settings;
        Policies = policies;
    }

    public ServerSettings Settings { get; }

    public PolicyStage Policies { get; }

    /// <exception cref="ServerStartException">The policies cannot be read.</exception>
    /// <param name="isReplay">Only verdicts are wanted, and which facts they rest on.</param>
    public static RehearsalSite Open(ServerSettings settings, bool isReplay = false) =>
        new(settings, new PolicyStage(settings, PolicyStage.Read(settings, new DiagnosticBag()), TimeProvider.System.GetUtcNow(), isReplay));

    /// <summary>The set, with its scripts compiled.</summary>
    /// <exception cref="ServerStartException">It has errors, which have been shown.</exception>
    public async Task<PolicySet> ServedAsync(ServerScripts scripts, Terminal terminal)
    {
        var diagnostics = new DiagnosticBag();
        var set = Policies.AsServed(diagnostics);
        if (set is not null)
        {
            await scripts.CheckAsync(set, diagnostics).ConfigureAwait(false);
        }

        if (set is null || diagnostics.HasErrors)
        {
            terminal.Error.WriteDiagnostics(diagnostics.All.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
            throw new ServerStartException("the policies have errors.");
        }

        return set;
    }

    /// <param name="names">Whom look-ups ask; null for nobody.</param>
    public EngineOptions Engine(IScriptHost scripts, INameService? names = null) =>
        Settings.Engine with { Names = names, Scripts = scripts, ScriptTimeout = Settings.Ruby.Timeout, ScriptOnError = Settings.Ruby.OnError };

    /// <summary>Says where the client is, from the server's country data, where the policies ask and the message does not tell.</summary>
    /// <exception cref="ServerStartException">The data are needed and cannot be read.</exception>
    public SampleMessage Placed(PolicySet set, SampleMessage sample)
    {
        if (sample.Place is not null || (!set.NeedsGeo && !set.NeedsAsn) || !IPAddress.TryParse(sample.ClientIp, out var address))
        {
            return sample;
        }

        try
        {
            var files = new GeoFiles(Settings.Geo.Country, Settings.Geo.Asn, new DiskGeoFiles(), TimeProvider.System);
            files.Load();
            return sample with { Place = files.Source.Find(address) };
        }
        catch (GeoDatabaseException error)
        {
            throw new ServerStartException(error.Message, error);
        }
    }
}
