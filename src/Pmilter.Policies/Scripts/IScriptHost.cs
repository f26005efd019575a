namespace Pmilter.Policies.Scripts;

/// <summary>Runs handler scripts outside of this process. What a script does wrong is a result, never an exception.</summary>
public interface IScriptHost
{
    /// <summary>
    /// Runs the script once. Calls of one session go to the same worker, one after the other; the answer comes within the call's
    /// time or is <see cref="ScriptOutcome.TimedOut"/>.
    /// </summary>
    ValueTask<ScriptResult> CallAsync(ScriptCall call, CancellationToken cancellationToken);

    /// <summary>The connection is over: its global variables are forgotten. Unknown sessions are ignored.</summary>
    void EndSession(long session);

    /// <summary>Compiles the script without running it; empty when there is nothing to say.</summary>
    ValueTask<IReadOnlyList<ScriptProblem>> CheckAsync(string path, CancellationToken cancellationToken);
}

/// <summary>One call of one script.</summary>
/// <param name="Path">Absolute path of the file; its text is looked at again when its time or size has changed.</param>
/// <param name="Phase">The language's word: <c>connect</c> … <c>close</c>, <c>postconfig</c>, <c>master_exit</c>.</param>
/// <param name="Session">The connection's number: global variables live as long as it does.</param>
/// <param name="Facts">What the script may read; asked while the call runs, never after it has been answered.</param>
/// <param name="Timeout">The whole call, waiting for a worker included.</param>
public sealed record ScriptCall(string Path, string Phase, long Session, IScriptFacts Facts, TimeSpan Timeout);

/// <summary>What a script may read.</summary>
public interface IScriptFacts
{
    /// <summary>A field under its YAML name, or a name of the original's API; Nil where there is no such field or it is not known in this phase.</summary>
    ScriptValue Field(string name);

    /// <summary>
    /// A question with arguments: <c>header NAME</c>, <c>headers</c>, <c>macro NAME</c>, <c>counter NAME KEY…</c>, <c>in_list LIST VALUE</c>,
    /// <c>tagged WORD</c>, <c>var NAME</c>. Nil where the name is not known; then the script gets an exception that says so.
    /// </summary>
    ValueTask<ScriptValue> AskAsync(string question, IReadOnlyList<string> arguments, CancellationToken cancellationToken);
}

/// <summary>What a script that ended well asked for, or how it failed.</summary>
/// <param name="Outcome">Anything but Completed has no status and no operations.</param>
/// <param name="Status">The last value given to <c>Pmilter.status=</c> (SMFIS_*); 0 when there was none. Not checked here.</param>
/// <param name="Operations">In the order in which they were called. Not checked here.</param>
/// <param name="Output">Lines that the script printed, cut at 64 KiB a call.</param>
/// <param name="Failure">For the log: what went wrong and where; empty when Completed.</param>
public sealed record ScriptResult(
    ScriptOutcome Outcome, int Status, IReadOnlyList<ScriptOperation> Operations, IReadOnlyList<string> Output, string Failure);

/// <summary>How a call ended.</summary>
public enum ScriptOutcome
{
    Completed,

    /// <summary>An exception, <c>exit</c>, a syntax error, a missing file.</summary>
    Failed,

    /// <summary>No answer in time; the worker was killed.</summary>
    TimedOut,

    /// <summary>The worker ended or broke the protocol; it is replaced.</summary>
    Crashed,

    /// <summary>Not run: the queue is full, or the script has failed so often that it rests for a while.</summary>
    Refused,
}

/// <summary>One thing asked for: <c>reject</c>, <c>add_header</c>, <c>tag</c> …, with the method's arguments, and the script's line.</summary>
public sealed record ScriptOperation(string Name, IReadOnlyList<ScriptValue> Arguments, int Line);

/// <summary>A mistake in a script.</summary>
/// <param name="Line">1-based; 0 where it is not known.</param>
public sealed record ScriptProblem(string Path, int Line, string Message);

/// <summary>What goes between the server and a script: nothing, text, a number, a truth, bytes, or a list of these.</summary>
public readonly record struct ScriptValue
{
    private readonly object? _value;

    private ScriptValue(object? value) => _value = value;

    public static ScriptValue Nil { get; }

    public bool IsNil => _value is null;

    /// <summary>Mail's text as <see cref="Protocol.Wire.MailText"/> decodes it: encoded back, it is the same bytes. Null when it is no text.</summary>
    public string? Text => _value as string;

    public double? Number => _value as double?;

    public bool? Truth => _value as bool?;

    /// <summary>Null when it is none.</summary>
    public ReadOnlyMemory<byte>? Bytes => _value as ReadOnlyMemory<byte>?;

    public IReadOnlyList<ScriptValue>? List => _value as IReadOnlyList<ScriptValue>;

    public static ScriptValue Of(string text) => new(text);

    public static ScriptValue Of(double number) => new(number);

    public static ScriptValue Of(bool truth) => new(truth);

    public static ScriptValue Of(ReadOnlyMemory<byte> bytes) => new(bytes);

    public static ScriptValue Of(IReadOnlyList<ScriptValue> list) => new(list);
}
