using Pmilter.Policies.Scripts;

namespace Pmilter.Tests.Scripts;

/// <summary>Answers calls as a test says, and keeps them.</summary>
internal sealed class PlayedScripts : IScriptHost
{
    public int Status { get; set; }

    public ScriptOutcome Outcome { get; set; }

    public IReadOnlyList<ScriptOperation> Operations { get; set; } = [];

    public IReadOnlyList<string> Output { get; set; } = [];

    public Func<IScriptFacts, Task> Asked { get; set; } = static _ => Task.CompletedTask;

    public List<ScriptCall> Calls { get; } = [];

    public List<long> Ended { get; } = [];

    public async ValueTask<ScriptResult> CallAsync(ScriptCall call, CancellationToken cancellationToken)
    {
        Calls.Add(call);
        await Asked(call.Facts);
        return new ScriptResult(Outcome, Status, Operations, Output, Outcome == ScriptOutcome.Completed ? string.Empty : "what went wrong");
    }

    public void EndSession(long session) => Ended.Add(session);

    public ValueTask<IReadOnlyList<ScriptProblem>> CheckAsync(string path, CancellationToken cancellationToken) => new([]);
}
