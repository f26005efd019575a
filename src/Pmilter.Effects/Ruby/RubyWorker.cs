using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Ruby;

/// <summary>One process. One request at a time: whoever holds its <see cref="RubyTurn"/>.</summary>
internal sealed partial class RubyWorker : IDisposable
{
    private const int KillSignal = 9;

    /// <summary>A pipe of Linux holds 64 kB.</summary>
    private const int MostBytesAtOnce = 32 * 1024;
    private const int MostLineCharacters = 1000;
    private const int MostLines = 100;

    private readonly Process _process;
    private readonly bool _hasGroup;
    private readonly Stream _in;
    private readonly RubyAnswers _answers;
    private readonly ILogger _logger;
    private readonly Dictionary<string, LoadedScript> _loaded = new(StringComparer.Ordinal);
    private readonly RubyCallFrame _call = new();
    private readonly List<long> _dropped = [];
    private int _lines;

    private RubyWorker(Process process, bool hasGroup, ILogger logger)
    {
        _process = process;
        _hasGroup = hasGroup;
        _in = process.StandardInput.BaseStream;
        _answers = new RubyAnswers(process.StandardOutput.BaseStream);
        _logger = logger;
        Errors = Task.Run(ReadErrorsAsync);
    }

    public int Calls { get; private set; }

    public bool IsAlive { get; private set; } = true;

    public int ProcessId => _process.Id;

    private Task Errors { get; }

    /// <exception cref="RubyEngineException">It does not start, or is no worker of ours.</exception>
    public static async Task<RubyWorker> StartAsync(RubyCommand command, string script, bool isBare, TimeSpan timeout, ILogger logger)
    {
        Process process;
        try
        {
            process = await RubyStarter.StartAsync(command.Start(script, isBare)).ConfigureAwait(false);
        }
        catch (Win32Exception failure)
        {
            throw new RubyEngineException($"Ruby did not start: {failure.Message}", failure);
        }

        var worker = new RubyWorker(process, command.HasGroup, logger);
        try
        {
            using var limit = new CancellationTokenSource(timeout);
            var hello = await worker.ReadAsync(limit.Token).ConfigureAwait(false);
            if (hello is not [{ Text: "hello" }, { Number: 1 }, ..])
            {
                throw new RubyProtocolException("it did not say hello");
            }

            await worker.WriteAsync(OriginalNames.Frame(), limit.Token).ConfigureAwait(false);
            return worker;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            worker.Kill();
            throw new RubyEngineException($"Ruby did not start as a worker within {timeout.TotalSeconds} s: {failure.Message}", failure);
        }
    }

    public void Drop(long session)
    {
        lock (_dropped)
        {
            _dropped.Add(session);
        }
    }

    /// <summary>Null when the script is compiled there; else what is wrong with it.</summary>
    public async Task<ScriptProblem?> LoadAsync(RubyScriptText script, CancellationToken cancellationToken)
    {
        if (_loaded.TryGetValue(script.Path, out var known) && ReferenceEquals(known.Text, script))
        {
            return null;
        }

        var number = known?.Number ?? _loaded.Count;
        var load = RubyFrame.Write(
            ScriptValue.Of("load"), ScriptValue.Of(number), ScriptValue.Of(script.Path), ScriptValue.Of(script.Source.AsMemory()), ScriptValue.Of([.. script.Facts.Select(fact => ScriptValue.Of(fact.Key))]));
        await WriteAsync(load, cancellationToken).ConfigureAwait(false);
        var answer = await ReadAsync(cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case [{ Text: "loaded" }]:
                _loaded[script.Path] = new LoadedScript(script, number);
                return null;
            case [{ Text: "broken" }, { Number: { } line }, { Text: { } message }]:
                return new ScriptProblem(script.Path, (int)line, message);
            default:
                throw new RubyProtocolException("an answer that is none to 'load'");
        }
    }

    public async Task<ScriptResult> CallAsync(ScriptCall call, RubyScriptText script, CancellationToken cancellationToken)
    {
        Calls++;
        await WriteAsync(call, script, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var answer = await ReadAsync(cancellationToken).ConfigureAwait(false);
            switch (answer)
            {
                case [{ Text: "ask" }, { Text: { } question }, ..]:
                    var value = await AnswerAsync(call.Facts, question, [.. answer.Skip(2).Select(argument => argument.Text ?? string.Empty)], cancellationToken).ConfigureAwait(false);
                    await WriteAsync(RubyFrame.Write(ScriptValue.Of("answer"), value), cancellationToken).ConfigureAwait(false);
                    break;
                case [{ Text: "done" }, { Number: { } status }, { Text: { } output }, { List: { } operations }]:
                    return new ScriptResult(ScriptOutcome.Completed, (int)Math.Clamp(status, int.MinValue, int.MaxValue), Operations(operations), Lines(output), string.Empty);
                case [{ Text: "failed" }, { Text: { } output }, { Text: { } message }]:
                    return new ScriptResult(ScriptOutcome.Failed, 0, [], Lines(output), message);
                default:
                    throw new RubyProtocolException("an answer that is none to 'call'");
            }
        }
    }

    /// <summary>The process and, where it leads a group, all that it has started.</summary>
    public void Kill()
    {
        IsAlive = false;
        if (_hasGroup)
        {
            _ = SendSignal(-_process.Id, KillSignal);
        }

        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Ends when nobody waits for it, by itself or after a moment by force.</summary>
    public async Task StopAsync()
    {
        Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await Errors.ConfigureAwait(false);
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static ScriptOperation[] Operations(IReadOnlyList<ScriptValue> operations) => operations.Count == 0 ? [] : [.. operations.Select(Operation)];

    private static ScriptOperation Operation(ScriptValue value) => value.List is [{ Text: { } name }, { Number: { } line }, ..] parts
        ? new ScriptOperation(name, [.. parts.Skip(2)], (int)line)
        : throw new RubyProtocolException("an operation without a name and a line");

    private static string[] Lines(string output) => output.Length == 0 ? [] : output.TrimEnd('\n').Split('\n');

    private static ValueTask<ScriptValue> AnswerAsync(IScriptFacts facts, string question, string[] arguments, CancellationToken cancellationToken) => question == "field"
        ? new ValueTask<ScriptValue>(arguments is [var name] ? facts.Field(name) : ScriptValue.Nil)
        : facts.AskAsync(question, arguments, cancellationToken);

    private async ValueTask WriteAsync(ScriptCall call, RubyScriptText script, CancellationToken cancellationToken)
    {
        _call.Begin(_loaded[script.Path].Number, call.Session, script.Facts.Count + 1);
        _call.Add(call.Phase);
        foreach (var fact in script.Facts)
        {
            _call.Add(fact.IsMacro ? await call.Facts.AskAsync("macro", fact.Name, cancellationToken).ConfigureAwait(false) : call.Facts.Field(fact.Name[0]));
        }

        var frame = _call.End();
        await WriteAsync(TakeDrops() is { Length: > 0 } drops ? (byte[])[.. drops, .. frame.Span] : frame, cancellationToken).ConfigureAwait(false);
    }

    private byte[] TakeDrops()
    {
        lock (_dropped)
        {
            if (_dropped.Count == 0)
            {
                return [];
            }

            byte[] frames = [.. _dropped.SelectMany(session => RubyFrame.Write(ScriptValue.Of("drop"), ScriptValue.Of(session)))];
            _dropped.Clear();
            return frames;
        }
    }

    private Task<IReadOnlyList<ScriptValue>> ReadAsync(CancellationToken cancellationToken) => _answers.NextAsync(cancellationToken);

    /// <summary>The pipe is empty when a request is sent: what fits into it is there at once, and costs no other thread.</summary>
    private ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (frame.Length > MostBytesAtOnce)
        {
            return _in.WriteAsync(frame, cancellationToken);
        }

        _in.Write(frame.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>What scripts write to standard error, or past <c>$stdout</c>: a hundred lines a worker go to the log, the rest is read and thrown away.</summary>
    private async Task ReadErrorsAsync()
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        using var reader = new StreamReader(_process.StandardError.BaseStream, Encoding.Latin1);
        int count;
        while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            for (var i = 0; i < count && _lines <= MostLines; i++)
            {
                if (buffer[i] != '\n' && line.Length < MostLineCharacters)
                {
                    line.Append(buffer[i]);
                }
                else if (buffer[i] == '\n')
                {
                    _lines++;
                    Log.Said(_logger, _process.Id, _lines > MostLines ? "… (further lines are dropped)" : line.ToString());
                    line.Clear();
                }
            }
        }
    }

    /// <summary>A version of a script that is compiled there, under its number.</summary>
    private sealed record LoadedScript(RubyScriptText Text, int Number);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    private static partial class Log
    {
        [LoggerMessage(560, LogLevel.Debug, "Ruby worker {Process}: {Line}")]
        public static partial void Said(ILogger logger, int process, string line);
    }
}
