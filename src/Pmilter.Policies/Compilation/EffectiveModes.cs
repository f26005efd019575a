using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Compilation;

/// <summary>The weakest of server, file and rule.</summary>
internal static class EffectiveModes
{
    private const string Rest = "default";

    public static PolicyMode Of(PolicyDocument document, RuleSyntax rule, CompilerOptions options)
    {
        if (ReferenceEquals(document.Source, options.Generated))
        {
            return PolicyMode.Enforce;
        }

        var mode = PolicyMode.Enforce;
        if (options.Modes.TryGetValue(document.Name.Value, out var server) || options.Modes.TryGetValue(Rest, out server))
        {
            mode = server;
        }

        var written = Weakest(Weakest(mode, document.Mode?.Value), rule.Mode?.Value);
        return IsLowered($"{document.Name.Value}/{rule.Id.Value}", options) ? Weakest(PolicyMode.Monitor, written) : written;
    }

    private static bool IsLowered(string rule, CompilerOptions options) => options.Lowered.Contains(rule) || options.Lowered.Contains(CompilerOptions.AllRules);

    private static PolicyMode Weakest(PolicyMode mode, PolicyMode? other) => other is { } o && o < mode ? o : mode;
}
