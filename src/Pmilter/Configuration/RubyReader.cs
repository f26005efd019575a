using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>ruby:</c> of pmilter.yaml.</summary>
internal static class RubyReader
{
    private static readonly (string Word, string Value)[] Engines = [("ruby", "ruby"), ("ironruby", "ironruby"), ("jruby", "jruby")];

    public static RubySection Read(YamlMapping? mapping, (string Word, OnError Value)[] onErrors, DiagnosticBag diagnostics)
    {
        var standard = new RubySection();
        if (mapping is null)
        {
            return standard;
        }

        string[] keys =
            ["engine", "command", "workers", "queue", "timeout", "memory", "gems", "user", "max_calls", "on_error", "postconfig", "master_exit"];
        var ruby = new MappingReader(mapping, "ruby", keys, diagnostics);
        return new RubySection
        {
            Engine = ruby.Choice("engine", Engines)?.Value ?? standard.Engine,
            Command = ruby.Text("command")?.Value ?? standard.Command,
            Workers = ruby.Integer("workers", 1, 64) ?? standard.Workers,
            Queue = ruby.Integer("queue", 1, 100_000) ?? standard.Queue,
            Timeout = ruby.Duration("timeout", TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5))?.Value ?? standard.Timeout,
            MemoryBytes = ruby.Size("memory", 16L * 1024 * 1024, 64L * 1024 * 1024 * 1024) ?? standard.MemoryBytes,
            HasGems = ruby.Choice("gems", [("true", true), ("false", false)])?.Value ?? standard.HasGems,
            User = ruby.Text("user")?.Value ?? standard.User,
            MaxCalls = ruby.Integer("max_calls", 1, 1_000_000_000) ?? standard.MaxCalls,
            OnError = ruby.Choice("on_error", onErrors)?.Value ?? standard.OnError,
            PostConfig = ruby.Text("postconfig")?.Value ?? standard.PostConfig,
            MasterExit = ruby.Text("master_exit")?.Value ?? standard.MasterExit,
        };
    }
}
