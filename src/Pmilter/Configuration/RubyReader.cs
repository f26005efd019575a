using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>ruby:</c> of pmilter.yaml.</summary>
internal static class RubyReader
{
    public static RubySection Read(YamlMapping? mapping, DiagnosticBag diagnostics)
    {
        var standard = new RubySection();
        if (mapping is null)
        {
            return standard;
        }

        var ruby = new MappingReader(mapping, SectionKeys.Ruby, diagnostics);
        return new RubySection
        {
            Engine = ruby.Choice("engine", SectionKeys.Engines)?.Value ?? standard.Engine,
            Command = ruby.Text("command")?.Value ?? standard.Command,
            Workers = ruby.Integer("workers") ?? standard.Workers,
            Queue = ruby.Integer("queue") ?? standard.Queue,
            Timeout = ruby.Duration("timeout")?.Value ?? standard.Timeout,
            MemoryBytes = ruby.Size("memory") ?? standard.MemoryBytes,
            HasGems = ruby.Choice("gems", [("true", true), ("false", false)])?.Value ?? standard.HasGems,
            User = ruby.Text("user")?.Value ?? standard.User,
            MaxCalls = ruby.Integer("max_calls") ?? standard.MaxCalls,
            OnError = ruby.Choice("on_error", SectionKeys.OnErrors)?.Value ?? standard.OnError,
            PostConfig = ruby.Text("postconfig")?.Value ?? standard.PostConfig,
            MasterExit = ruby.Text("master_exit")?.Value ?? standard.MasterExit,
        };
    }
}
