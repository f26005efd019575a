using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>From the policy folder to a set; at start, at reload and for <c>check</c>.</summary>
internal sealed class PolicyLoader(ServerSettings options, TimeProvider time)
{
    /// <exception cref="ServerStartException">The folder cannot be read.</exception>
    public PolicyLoad Load()
    {
        var diagnostics = new DiagnosticBag();
        var sources = PolicyFiles.ReadAll(options.Policies);
        if (sources.Count == 0)
        {
            return new PolicyLoad(PolicySet.Empty, sources, diagnostics);
        }

        var compiler = new CompilerOptions
        {
            Modes = options.Modes,
            Now = time.GetUtcNow(),
            Zone = options.Engine.Zone,
            EventDeadline = options.Session.EventDeadline,
        };
        return new PolicyLoad(PolicyCompiler.Compile(sources, new PolicyFiles(), compiler, diagnostics), sources, diagnostics);
    }
}

/// <summary>What came of it.</summary>
/// <param name="Set">Null when there are errors.</param>
/// <param name="Sources">The policy files.</param>
/// <param name="Diagnostics">Everything that the author should know.</param>
internal sealed record PolicyLoad(PolicySet? Set, IReadOnlyList<SourceText> Sources, DiagnosticBag Diagnostics);
