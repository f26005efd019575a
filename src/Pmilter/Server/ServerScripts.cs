using Microsoft.Extensions.Logging;
using Pmilter.Configuration;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>The Ruby that policies share. It is started by the first policy set that has a script, and by nothing else.</summary>
internal sealed partial class ServerScripts(RubySection options, TimeProvider time, ILoggerFactory loggers) : IScriptHost, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<ServerScripts>();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private RubyScriptHost? _host;

    /// <summary>Told how long each call of a handler took; null: nobody is.</summary>
    public Action<TimeSpan>? Called { get; set; }

    /// <summary>Null where no Ruby runs.</summary>
    public RubyHealth? Health => _host?.Health;

    /// <summary>Starts Ruby where the set needs it, and compiles its scripts; everything that is wrong is told at once.</summary>
    public async Task CheckAsync(PolicySet set, DiagnosticBag diagnostics)
    {
        foreach (var script in set.Scripts)
        {
            try
            {
                var host = await HostAsync().ConfigureAwait(false);
                foreach (var problem in await host.CheckAsync(Path.GetFullPath(script.Path), CancellationToken.None).ConfigureAwait(false))
                {
                    diagnostics.Add(ScriptDiagnostics.Broken(script.Span, problem));
                }
            }
            catch (RubyEngineException failure)
            {
                diagnostics.Add(ScriptDiagnostics.NoEngine(script.Span, failure.Message));
            }
        }
    }

    /// <summary>What is wrong with one script that no policy names; empty when nothing is.</summary>
    public async Task<IReadOnlyList<ScriptProblem>> CheckFileAsync(string path) =>
        await (await HostAsync().ConfigureAwait(false)).CheckAsync(Path.GetFullPath(path), CancellationToken.None).ConfigureAwait(false);

    /// <summary>The first set's scripts, and <c>ruby.postconfig</c>, before the first connection.</summary>
    /// <exception cref="ServerStartException">They have errors, or it failed.</exception>
    public async Task StartAsync(PolicySet set)
    {
        var diagnostics = new DiagnosticBag();
        await CheckAsync(set, diagnostics).ConfigureAwait(false);
        if (diagnostics.HasErrors)
        {
            throw new ServerStartException($"the policies' handlers have errors; nothing was started.\n{DiagnosticRenderer.Render(diagnostics.All)}");
        }

        if (options.PostConfig.Length > 0 && await RunAsync(options.PostConfig, "postconfig").ConfigureAwait(false) is { } failure)
        {
            throw new ServerStartException($"ruby.postconfig failed: {failure}");
        }
    }

    /// <summary><c>ruby.master_exit</c>, after the last connection.</summary>
    public async Task EndAsync()
    {
        if (options.MasterExit.Length > 0 && await RunAsync(options.MasterExit, "master_exit").ConfigureAwait(false) is { } failure)
        {
            Log.ExitFailed(_logger, options.MasterExit, failure);
        }
    }

    public ValueTask<ScriptResult> CallAsync(ScriptCall call, CancellationToken cancellationToken) => _host is { } host
        ? Called is { } called ? TimeAsync(host, call, called, cancellationToken) : host.CallAsync(call, cancellationToken)
        : new(new ScriptResult(ScriptOutcome.Refused, 0, [], [], "Ruby has not been started"));

    public void EndSession(long session) => _host?.EndSession(session);

    public ValueTask<IReadOnlyList<ScriptProblem>> CheckAsync(string path, CancellationToken cancellationToken) =>
        _host is { } host ? host.CheckAsync(path, cancellationToken) : new([]);

    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
        {
            await host.DisposeAsync().ConfigureAwait(false);
        }

        _gate.Dispose();
    }

    private async ValueTask<ScriptResult> TimeAsync(RubyScriptHost host, ScriptCall call, Action<TimeSpan> called, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            return await host.CallAsync(call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            called(time.GetElapsedTime(began));
        }
    }

    /// <exception cref="RubyEngineException">There is none.</exception>
    private async Task<RubyScriptHost> HostAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_host is { } known)
            {
                return known;
            }

            var settings = new RubyOptions
            {
                Engine = options.Engine,
                Command = options.Command,
                Workers = options.Workers,
                Queue = options.Queue,
                MemoryBytes = options.MemoryBytes,
                HasGems = options.HasGems,
                User = options.User,
                MaxCalls = options.MaxCalls,
            };
            var host = new RubyScriptHost(settings, time, loggers.CreateLogger<RubyScriptHost>());
            try
            {
                await host.StartAsync().ConfigureAwait(false);
            }
            catch
            {
                await host.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            return _host = host;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Null when it ended well.</summary>
    private async Task<string?> RunAsync(string path, string phase)
    {
        try
        {
            var host = await HostAsync().ConfigureAwait(false);
            var result = await host.RunBareAsync(path, phase, options.Timeout).ConfigureAwait(false);
            foreach (var line in result.Output)
            {
                Log.Said(_logger, phase, line);
            }

            return result.Outcome == ScriptOutcome.Completed ? null : result.Failure;
        }
        catch (RubyEngineException failure)
        {
            return failure.Message;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(565, LogLevel.Debug, "{Phase} says: {Line}")]
        public static partial void Said(ILogger logger, string phase, string line);

        [LoggerMessage(566, LogLevel.Error, "ruby.master_exit {Script} failed: {Reason}")]
        public static partial void ExitFailed(ILogger logger, string script, string reason);
    }
}
