using System.CommandLine;
using Pmilter.Configuration.Original;
using Pmilter.Policies.Text;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter import</c>: from the original's pmilter.conf to pmilter.yaml and a policy; the handlers stay where and as they are.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "import",
            "Writes pmilter.yaml and a policy that runs the same handlers, from the pmilter.conf of the original, mruby-based pmilter. "
            + "Example: pmilter import /etc/pmilter.conf --to /etc/pmilter");
        var file = new Argument<string>("FILE") { Description = "the original's configuration, TOML" };
        var to = new Option<string>("--to") { Description = "the folder to write to", DefaultValueFactory = _ => "." };
        var force = new Option<bool>("--force") { Description = "replaces files that are there already" };
        var dryRun = new Option<bool>("--dry-run") { Description = "prints what would be written and writes nothing" };
        command.Arguments.Add(file);
        command.Options.Add(to);
        command.Options.Add(force);
        command.Options.Add(dryRun);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(to)!, parsed.GetValue(force), parsed.GetValue(dryRun), terminal));
        return command;
    }

    private static async Task<int> RunAsync(string file, string to, bool force, bool isDry, Terminal terminal)
    {
        var diagnostics = new DiagnosticBag();
        var source = SourceText.Decode(file, await File.ReadAllBytesAsync(file).ConfigureAwait(false), diagnostics);
        var original = OriginalReader.Read(source, diagnostics);
        OriginalFile.CheckHandlers(original, file, diagnostics);
        await OriginalFile.CompileHandlersAsync(original, file, diagnostics, terminal).ConfigureAwait(false);
        terminal.Error.WriteDiagnostics(diagnostics.All);
        if (diagnostics.HasErrors)
        {
            await terminal.Error.WriteLineAsync("pmilter: nothing was written.").ConfigureAwait(false);
            return ExitCodes.Findings;
        }

        var files = new List<(string Path, string Text)>
        {
            (Path.Combine(to, "pmilter.yaml"), OriginalSite.Server(original, file, path => OriginalFile.Resolve(file, path))),
        };
        if (OriginalSite.Policy(original, file, path => OriginalFile.Resolve(file, path)) is { } policy)
        {
            files.Add((Path.Combine(to, "policies", OriginalSite.PolicyFile), policy));
        }

        if (isDry)
        {
            files.ForEach(each => terminal.Output.WriteLine($"# {each.Path}\n{each.Text}"));
            return ExitCodes.Ok;
        }

        if (!force && files.Find(each => File.Exists(each.Path)) is { Path: { } existing })
        {
            throw new ServerStartException($"{existing} is there already; --force replaces it, --to names another folder.");
        }

        Directory.CreateDirectory(Path.Combine(to, "policies"));
        foreach (var (path, text) in files)
        {
            await File.WriteAllTextAsync(path, text).ConfigureAwait(false);
            await terminal.Output.WriteLineAsync(path).ConfigureAwait(false);
        }

        await terminal.Error.WriteLineAsync($"Next: pmilter check -c {files[0].Path}").ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
