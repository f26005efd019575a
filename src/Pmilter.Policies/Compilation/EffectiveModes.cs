using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Compilation;

/// <summary>The weakest of server, file and rule.</summary>
internal static class EffectiveModes
{
    private const string Rest = "default";

    public static PolicyMode Of(PolicyDocument document, RuleSyntax rule, CompilerOptions options)
    {
        var mode = PolicyMode.Enforce;
        if (options.Modes.TryGetValue(document.Name.Value, out var server) || options.Modes.TryGetValue(Rest, out server))
        {
            mode = server;
        }

        return Weakest(Weakest(mode, document.Mode?.Value), rule.Mode?.Value);
    }

    private static PolicyMode Weakest(PolicyMode mode, PolicyMode? other) => other is { } o && o < mode ? o : mode;
}
