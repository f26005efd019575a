using System.Diagnostics;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Tests.Ruby;

/// <summary>The worker keeps to what CRuby, JRuby and IronRuby share.</summary>
public sealed class RubySubsetTests
{
    private const string Words = """
        source = STDIN.read
        banned = { :on_op => ["&.", "=>>"], :on_ident => ["require_relative", "__dir__", "unpack1", "byteslice", "readpartial", "filter_map", "then"],
                   :on_const => ["Fiber", "Ractor", "UNIXSocket", "JSON", "Data"] }
        Ripper.lex(source).each do |(place, kind, text)|
          bad = (banned[kind] || []).include?(text) || kind == :on_label || (kind == :on_heredoc_beg && text.start_with?("<<~")) ||
                (kind == :on_ident && text == "require") || kind == :on_label_end || text == "%i["
          puts "line #{place[0]}: #{text}" if bad
        end
        """;

    [Fact]
    public async Task Worker_UsesNothingThatOneOfThemLacks()
    {
        using var stream = typeof(RubyScriptHost).Assembly.GetManifestResourceStream("Pmilter.Effects.Ruby.worker.rb")!;
        using var reader = new StreamReader(stream);
        using var ruby = Process.Start(new ProcessStartInfo("ruby", ["-rripper", "-e", Words]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await ruby.StandardInput.WriteAsync(await reader.ReadToEndAsync());
        ruby.StandardInput.Close();

        Assert.Equal(string.Empty, await ruby.StandardOutput.ReadToEndAsync());
        await ruby.WaitForExitAsync();
        Assert.Equal(0, ruby.ExitCode);
    }

    [OtherEnginesFact]
    public async Task Worker_UnderEveryOtherEngineOfThisMachine_ServesACall()
    {
        foreach (var command in OtherEnginesFactAttribute.Commands)
        {
            await using var rig = new RubyRig(new RubyOptions { Engine = "other", Command = command, MemoryBytes = 8L * 1024 * 1024 * 1024 });
            rig.Facts.Fields["client_ip"] = ScriptValue.Of("192.0.2.1");

            var result = await rig.RunAsync("$n = ($n || 0) + 1\nputs Pmilter::Session.new.client_ipaddr, $n\nPmilter.status = Pmilter::SMFIS_REJECT", seconds: 60);

            Assert.Equal((command, ScriptOutcome.Completed, 1), (command, result.Outcome, result.Status));
            Assert.Equal(["192.0.2.1", "1"], result.Output);
        }
    }
}

/// <summary>Runs where <c>PMILTER_RUBY_ENGINES</c> names programs, separated by colons: <c>/opt/jruby/bin/jruby:/opt/ironruby/ir</c>.</summary>
public sealed class OtherEnginesFactAttribute : FactAttribute
{
    public OtherEnginesFactAttribute() => Skip = Commands.Length == 0 ? "PMILTER_RUBY_ENGINES names no other engine" : null;

    public static string[] Commands { get; } = (Environment.GetEnvironmentVariable("PMILTER_RUBY_ENGINES") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
}
