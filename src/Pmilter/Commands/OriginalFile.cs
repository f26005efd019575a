using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Configuration;
using Pmilter.Configuration.Original;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary>A pmilter.conf of the original pmilter: what <c>import</c> writes, read at once.</summary>
internal static class OriginalFile
{
    public static bool IsOriginal(string path) => Path.GetExtension(path) is ".conf" or ".toml";

    /// <summary>As if it had been imported beside itself.</summary>
    public static ServerSettings Read(SourceText source, DiagnosticBag diagnostics)
    {
        var original = OriginalReader.Read(source, diagnostics);
        CheckHandlers(original, source.Path, diagnostics);
        var server = new SourceText($"{source.Path} (as pmilter.yaml)", OriginalSite.Server(original, source.Path, path => Resolve(source.Path, path)));
        var policy = OriginalSite.Policy(original, source.Path, path => Resolve(source.Path, path)) ?? string.Empty;
        var folder = Path.GetDirectoryName(Path.GetFullPath(source.Path))!;
        return SettingsReader.Settings(diagnostics.HasErrors ? new ServerConfiguration() : ServerConfigurationReader.Read(server, diagnostics), folder) with
        {
            InlinePolicy = new SourceText($"{source.Path} (as a policy)", policy.Length > 0 ? policy : "policy: original\n"),
        };
    }

    /// <summary>Reports handlers that are not there: the original refused every message then.</summary>
    public static void CheckHandlers(OriginalConfiguration original, string from, DiagnosticBag diagnostics)
    {
        foreach (var path in Paths(original).Where(path => !File.Exists(Resolve(from, path.Value))))
        {
            diagnostics.Add(OriginalDiagnostics.MissingHandler(path.Span, Resolve(from, path.Value)));
        }
    }

    /// <summary>Reports handlers that cannot be compiled; where there is no Ruby that is said, and no more.</summary>
    public static async Task CompileHandlersAsync(OriginalConfiguration original, string from, DiagnosticBag diagnostics, Terminal terminal)
    {
        await using var scripts = new ServerScripts(new RubySection(), TimeProvider.System, NullLoggerFactory.Instance);
        try
        {
            foreach (var path in Paths(original).Where(path => File.Exists(Resolve(from, path.Value))))
            {
                foreach (var problem in await scripts.CheckFileAsync(Resolve(from, path.Value)).ConfigureAwait(false))
                {
                    diagnostics.Add(OriginalDiagnostics.BrokenHandler(path.Span, problem.Path, problem.Line, problem.Message.ReplaceLineEndings(" ")));
                }
            }
        }
        catch (RubyEngineException missing)
        {
            await terminal.Error.WriteLineAsync($"The handlers were not compiled: {missing.Message}").ConfigureAwait(false);
        }
    }

    private static IEnumerable<Located<string>> Paths(OriginalConfiguration original) =>
        original.Handlers.Select(handler => handler.Path).Concat(new[] { original.PostConfig, original.MasterExit }.OfType<Located<string>>());

    /// <summary>Where it stood: the original took paths from the folder that it was started in; else from that of the configuration.</summary>
    public static string Resolve(string from, string path)
    {
        var here = Path.GetFullPath(path);
        return File.Exists(here) ? here : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from))!, path);
    }
}
