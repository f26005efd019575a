using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Tests.Ruby;

/// <summary>A pool of real workers and a folder of scripts; no process and no file is left behind.</summary>
public sealed class RubyRig : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pmilter-ruby-").FullName;

    public RubyRig(RubyOptions? options = null) => Host = new RubyScriptHost(options ?? new RubyOptions(), TimeProvider.System, NullLogger<RubyScriptHost>.Instance);

    public RubyScriptHost Host { get; }

    public static RubyRig Make() => new();

    public Facts Facts { get; } = new();

    public string Write(string source, string name = "h.rb")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, source);
        return path;
    }

    /// <summary>Writes the script and calls it.</summary>
    public Task<ScriptResult> RunAsync(string source, string phase = "mail", long session = 1, double seconds = 20) => CallAsync(Write(source), phase, session, seconds);

    public Task<ScriptResult> CallAsync(string path, string phase = "mail", long session = 1, double seconds = 20) =>
        Host.CallAsync(new ScriptCall(path, phase, session, Facts, TimeSpan.FromSeconds(seconds)), CancellationToken.None).AsTask();

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>What a message would tell.</summary>
public sealed class Facts : IScriptFacts
{
    public Dictionary<string, ScriptValue> Fields { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ScriptValue> Answers { get; } = new(StringComparer.Ordinal);

    public List<string> Asked { get; } = [];

    public ScriptValue Field(string name)
    {
        Asked.Add($"field {name}");
        return Fields.GetValueOrDefault(name);
    }

    public ValueTask<ScriptValue> AskAsync(string question, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var asked = $"{question} {string.Join(' ', arguments)}".TrimEnd();
        Asked.Add(asked);
        return new(Answers.GetValueOrDefault(asked));
    }
}
