using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// A pool of worker processes. A session keeps its worker while it lasts, since global variables live there; a worker that misses its
/// time, breaks the protocol or ends is killed with its group and replaced at the next call, and the call is not tried again.
/// </summary>
public sealed partial class RubyScriptHost : IScriptHost, IAsyncDisposable
{
    private static readonly TimeSpan CheckPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly RubyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RubyCommand _command;
    private readonly string _program;
    private readonly RubyWorker?[] _workers;
    private readonly RubyTurn[] _turns;
    private readonly int[] _failures;
    private readonly ConcurrentDictionary<long, int> _sessions = new();
    private readonly ConcurrentDictionary<string, RubyScript> _scripts = new(StringComparer.Ordinal);
    private readonly RubyBreakers _breakers;
    private readonly Lock _gate = new();
    private readonly int[] _bound;
    private int _waiting;
    private long _lost;
    private string _startFailure = string.Empty;
    private bool _isDisposed;

    /// <exception cref="RubyEngineException">There is no such engine on this machine.</exception>
    public RubyScriptHost(RubyOptions options, TimeProvider time, ILogger<RubyScriptHost> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _logger = logger;
        _command = new RubyCommand(options);
        _program = ReadProgram();
        _workers = new RubyWorker?[options.Workers];
        _turns = [.. Enumerable.Range(0, options.Workers).Select(_ => new RubyTurn())];
        _failures = new int[options.Workers];
        _bound = new int[options.Workers];
        _breakers = new RubyBreakers(time, logger);
        if (_command.Missing.Count > 0)
        {
            Log.Unprotected(_logger, string.Join(", ", _command.Missing));
        }
    }

    /// <summary>For the administrator.</summary>
    public RubyHealth Health => new(
        _workers.Length,
        _workers.Count(worker => worker is { IsAlive: true }),
        _turns.Count(turn => turn.IsTaken),
        _turns.Sum(turn => turn.Waiting),
        Volatile.Read(ref _lost),
        Volatile.Read(ref _startFailure),
        _breakers.Resting);

    /// <summary>For tests: the processes that run now.</summary>
    internal IReadOnlyList<int> ProcessIds => [.. _workers.OfType<RubyWorker>().Where(worker => worker.IsAlive).Select(worker => worker.ProcessId)];

    /// <summary>Starts one worker, so that what is wrong with the engine shows now.</summary>
    /// <exception cref="RubyEngineException">It does not start.</exception>
    public async Task StartAsync()
    {
        await _turns[0].TakeAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await WorkerAsync(0).ConfigureAwait(false);
        }
        finally
        {
            _turns[0].Release();
        }
    }

    public ValueTask<ScriptResult> CallAsync(ScriptCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (Interlocked.Increment(ref _waiting) > _options.Queue + _options.Workers)
        {
            Interlocked.Decrement(ref _waiting);
            return new(Refuse($"{_options.Queue} calls wait already"));
        }

        return RunAsync(call, cancellationToken);
    }

    public void EndSession(long session)
    {
        if (!_sessions.TryRemove(session, out var index))
        {
            return;
        }

        lock (_gate)
        {
            _bound[index]--;
        }

        if (_workers[index] is { } worker)
        {
            worker.Drop(session);
            Recycle(index, worker);
        }
    }

    public async ValueTask<IReadOnlyList<ScriptProblem>> CheckAsync(string path, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CheckPatience);
        await _turns[0].TakeAsync(limit.Token).ConfigureAwait(false);
        try
        {
            var script = Script(path).Read();
            var worker = await WorkerAsync(0).ConfigureAwait(false);
            return await worker.LoadAsync(script, limit.Token).ConfigureAwait(false) is { } problem ? [problem] : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [new ScriptProblem(path, 0, failure.Message)];
        }
        finally
        {
            _turns[0].Release();
        }
    }

    /// <summary>
    /// Runs a script once in a process of its own that has no class Pmilter: <c>postconfig</c> and <c>master_exit</c>.
    /// </summary>
    public async Task<ScriptResult> RunBareAsync(string path, string phase, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout + _options.StartTimeout);
        RubyWorker? worker = null;
        try
        {
            var script = new RubyScript(path).Read();
            worker = await RubyWorker.StartAsync(_command, _program, isBare: true, _options.StartTimeout, _logger).ConfigureAwait(false);
            if (await worker.LoadAsync(script, limit.Token).ConfigureAwait(false) is { } problem)
            {
                return Failed(problem.Message);
            }

            return await worker.CallAsync(new ScriptCall(path, phase, 0, NoFacts.Instance, timeout), script, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or RubyEngineException)
        {
            return Failed(failure.Message);
        }
        catch (OperationCanceledException)
        {
            return new ScriptResult(ScriptOutcome.TimedOut, 0, [], [], $"no answer within {timeout.TotalSeconds} s");
        }
        finally
        {
            if (worker is not null)
            {
                await worker.StopAsync().ConfigureAwait(false);
                worker.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        foreach (var worker in _workers.OfType<RubyWorker>())
        {
            await worker.StopAsync().ConfigureAwait(false);
            worker.Dispose();
        }
    }

    private static ScriptResult Refuse(string reason) => new(ScriptOutcome.Refused, 0, [], [], reason);

    private static ScriptResult Failed(string reason) => new(ScriptOutcome.Failed, 0, [], [], reason);

    private static string ReadProgram()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Pmilter.Effects.Ruby.worker.rb")
            ?? throw new InvalidOperationException("worker.rb is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private async ValueTask<ScriptResult> RunAsync(ScriptCall call, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(call.Timeout);
            return await _breakers.RunAsync(call.Path, () => TurnAsync(call, limit.Token)).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async ValueTask<ScriptResult> TurnAsync(ScriptCall call, CancellationToken limit)
    {
        var index = IndexOf(call.Session);
        try
        {
            await _turns[index].TakeAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Refuse($"no worker was free within {call.Timeout.TotalMilliseconds} ms");
        }

        RubyWorker? worker = null;
        try
        {
            var script = Script(call.Path).Read();
            worker = await WorkerAsync(index).ConfigureAwait(false);
            if (await worker.LoadAsync(script, limit).ConfigureAwait(false) is { } problem)
            {
                return Failed(problem.Message);
            }

            var result = await worker.CallAsync(call, script, limit).ConfigureAwait(false);
            _failures[index] = 0;
            return result;
        }
        catch (OperationCanceledException)
        {
            Lose(index, worker, call, "missed its time");
            return new ScriptResult(ScriptOutcome.TimedOut, 0, [], [], $"no answer within {call.Timeout.TotalMilliseconds} ms");
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return Failed(failure.Message);
        }
        catch (Exception failure) when (failure is IOException or RubyEngineException or ObjectDisposedException or InvalidOperationException)
        {
            Lose(index, worker, call, failure.Message);
            return new ScriptResult(ScriptOutcome.Crashed, 0, [], [], failure.Message);
        }
        finally
        {
            _turns[index].Release();
        }
    }

    /// <summary>Where the session's globals are; a new session goes where the fewest are.</summary>
    private int IndexOf(long session)
    {
        if (_sessions.TryGetValue(session, out var known))
        {
            return known;
        }

        lock (_gate)
        {
            var least = Array.IndexOf(_bound, _bound.Min());
            if (_sessions.TryAdd(session, least))
            {
                _bound[least]++;
            }

            return _sessions[session];
        }
    }

    private RubyScript Script(string path) => _scripts.GetOrAdd(Path.GetFullPath(path), static full => new RubyScript(full));

    /// <summary>Held turn only. After failures in a row it rests first, so that a broken engine is not started again and again.</summary>
    private async Task<RubyWorker> WorkerAsync(int index)
    {
        if (_workers[index] is { IsAlive: true } alive)
        {
            return alive;
        }

        if (_failures[index] > 1)
        {
            var rest = ShortestRest * Math.Pow(2, Math.Min(_failures[index] - 2, 10));
            await Task.Delay(rest < LongestRest ? rest : LongestRest, _time).ConfigureAwait(false);
        }

        if (_workers[index] is { } dead)
        {
            await dead.StopAsync().ConfigureAwait(false);
            dead.Dispose();
            _workers[index] = null;
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            var worker = await RubyWorker.StartAsync(_command, _program, isBare: false, _options.StartTimeout, _logger).ConfigureAwait(false);
            Volatile.Write(ref _startFailure, string.Empty);
            return _workers[index] = worker;
        }
        catch (RubyEngineException failure)
        {
            Volatile.Write(ref _startFailure, failure.Message);
            throw;
        }
    }

    private void Lose(int index, RubyWorker? worker, ScriptCall call, string reason)
    {
        _failures[index]++;
        if (worker is not null)
        {
            Interlocked.Increment(ref _lost);
            worker.Kill();
        }

        Log.Lost(_logger, call.Path, reason, _bound[index]);
    }

    /// <summary>Nobody's globals are lost, and nobody's call: it is left alone while one runs.</summary>
    private void Recycle(int index, RubyWorker worker)
    {
        if (worker.Calls < _options.MaxCalls || Volatile.Read(ref _bound[index]) > 0 || !_turns[index].TryTake())
        {
            return;
        }

        worker.Kill();
        _turns[index].Release();
    }

    private static partial class Log
    {
        [LoggerMessage(561, LogLevel.Warning, "{Script}: its Ruby worker {Reason} and is replaced; the global variables of {Sessions} connections are lost")]
        public static partial void Lost(ILogger logger, string script, string reason, int sessions);

        [LoggerMessage(562, LogLevel.Warning, "Ruby handlers run without what {Tools} give (groups that can be killed, limits, no new rights); install util-linux")]
        public static partial void Unprotected(ILogger logger, string tools);
    }
}
