using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>From policy texts to a running set: the driver. Everything that is wrong is reported; with an error there is no set.</summary>
public static class PolicyCompiler
{
    public static PolicySet? Compile(
        IReadOnlyList<SourceText> sources, IListFileReader files, CompilerOptions options, DiagnosticBag diagnostics) =>
        throw new NotSupportedException($"{sources.Count} {files is null} {options} {diagnostics.HasErrors}");
}

/// <summary>What the server's configuration says to the compiler.</summary>
public sealed record CompilerOptions
{
    /// <summary><c>policies.mode</c>: policy name → mode; <c>default</c> for the rest. The effective mode is the weakest.</summary>
    public IReadOnlyDictionary<string, PolicyMode> Modes { get; init; } = new Dictionary<string, PolicyMode>(StringComparer.Ordinal);

    /// <summary>For expiry of list lines and rules.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary><c>server.zone</c>.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>For checks of delay: <c>server.event_deadline</c>.</summary>
    public TimeSpan EventDeadline { get; init; } = TimeSpan.FromSeconds(8);
}
