using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Ruby;

/// <summary>Of scripts that run outside of any connection.</summary>
internal sealed class NoFacts : IScriptFacts
{
    public static NoFacts Instance { get; } = new();

    public ScriptValue Field(string name) => ScriptValue.Nil;

    public ValueTask<ScriptValue> AskAsync(string question, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => new(ScriptValue.Nil);
}
