using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Tests.Ruby;

/// <summary>Whatever a script does costs one result, and the next call works; no process is left behind.</summary>
public sealed class RubyIsolationTests
{
    private static readonly RubyOptions One = new() { Workers = 1 };

    [Theory]
    [InlineData("loop {}", ScriptOutcome.TimedOut)]
    [InlineData("sleep", ScriptOutcome.TimedOut)]
    [InlineData("a = []; loop { a << 'x' * 1_000_000 }", ScriptOutcome.Failed, ScriptOutcome.Crashed, ScriptOutcome.TimedOut)]
    [InlineData("exit!", ScriptOutcome.Crashed)]
    [InlineData("abort 'bye'", ScriptOutcome.Failed)]
    [InlineData("raise Exception, 'raised'", ScriptOutcome.Failed)]
    [InlineData("Process.kill(9, $$)", ScriptOutcome.Crashed)]
    [InlineData("system('sleep 300 &'); loop {}", ScriptOutcome.TimedOut)]
    [InlineData("(3..9).each { |n| begin; IO.for_fd(n).close; rescue StandardError; end }", ScriptOutcome.Crashed, ScriptOutcome.Failed, ScriptOutcome.TimedOut)]
    [InlineData("ObjectSpace.each_object(IO) { |io| io.close rescue nil }", ScriptOutcome.Crashed)]
    [InlineData("ObjectSpace.each_object(IO) { |io| io.write('garbage') rescue nil }", ScriptOutcome.Crashed, ScriptOutcome.TimedOut)]
    [InlineData("STDOUT.write('x' * 50_000_000)", ScriptOutcome.Completed)]
    [InlineData("system('head -c 1000000000 /dev/zero')", ScriptOutcome.Completed, ScriptOutcome.TimedOut)]
    [InlineData("10_000.times { STDERR.puts 'flood' }", ScriptOutcome.Completed)]
    [InlineData("puts 'y' * 1_000_000", ScriptOutcome.Completed)]
    public async Task Script_OfAnyKind_CostsOneResult(string source, params ScriptOutcome[] outcomes)
    {
        await using var rig = new RubyRig(One);
        Assert.Equal(["well"], (await rig.RunAsync("puts 'well'")).Output);
        var processes = rig.Host.ProcessIds;

        var result = await rig.RunAsync(source, seconds: 3);

        Assert.Contains(result.Outcome, outcomes);
        Assert.True(result.Output.Sum(line => line.Length) <= 64 * 1024);
        Assert.Equal(["well"], (await rig.RunAsync("puts 'well'")).Output);
        if (result.Outcome is ScriptOutcome.TimedOut or ScriptOutcome.Crashed)
        {
            Assert.All(processes, id => Assert.False(IsInGroup(id), $"a process of group {id} is left behind"));
        }
    }

    [Fact]
    public async Task Dispose_LeavesNoProcess()
    {
        var rig = new RubyRig(new RubyOptions { Workers = 3 });
        for (var session = 1; session <= 3; session++)
        {
            await rig.RunAsync("system('sleep 300 &')", session: session);
        }

        var processes = rig.Host.ProcessIds;
        Assert.Equal(3, processes.Count);
        await rig.DisposeAsync();

        Assert.All(processes, id => Assert.False(IsInGroup(id)));
    }

    [Fact]
    public async Task Worker_OutlivesTheThreadThatFirstCalledIt()
    {
        await using var rig = new RubyRig(One);
        var path = rig.Write("puts $$");
        var first = string.Empty;
        var caller = new Thread(() => first = rig.CallAsync(path).GetAwaiter().GetResult().Output[0]);
        caller.Start();
        caller.Join();

        Assert.Equal(first, Assert.Single(rig.Host.ProcessIds).ToString(CultureInfo.InvariantCulture));
        Assert.Equal([first], (await rig.CallAsync(path)).Output);
    }

    [Fact]
    public async Task Environment_IsClean()
    {
        Environment.SetEnvironmentVariable("PMILTER_SECRET", "secret");
        await using var rig = new RubyRig(One);

        var result = await rig.RunAsync("puts ENV.keys.sort.join(','), Dir.pwd, Dir.children('/proc/self/fd').size < 12, File.read('/proc/self/status')[/NoNewPrivs:\\s*(\\d)/, 1]");

        Assert.Equal(["LANG,PATH", "/", "true", "1"], result.Output);
    }

    [Fact]
    public async Task Queue_ThatIsFull_Refuses()
    {
        await using var rig = new RubyRig(One with { Queue = 1 });
        var path = rig.Write("sleep 1");
        await rig.CallAsync(path);
        var calls = Enumerable.Range(0, 6).Select(_ => rig.CallAsync(path)).ToArray();

        var results = await Task.WhenAll(calls);

        Assert.Equal(2, results.Count(result => result.Outcome == ScriptOutcome.Completed));
        Assert.Equal(4, results.Count(result => result is { Outcome: ScriptOutcome.Refused, Failure: "1 calls wait already" }));
    }

    [Fact]
    public async Task ScriptThatCrashesAgainAndAgain_Rests_WhileOthersRun()
    {
        await using var rig = new RubyRig(new RubyOptions { Workers = 2 });
        var bad = rig.Write("exit!", "bad.rb");
        var good = rig.Write("puts 'well'", "good.rb");
        ScriptResult result;
        var calls = 0;
        do
        {
            result = await rig.CallAsync(bad);
            Assert.Equal(["well"], (await rig.CallAsync(good, session: 2)).Output);
        }
        while (result.Outcome == ScriptOutcome.Crashed && ++calls < 50);

        Assert.Equal(ScriptOutcome.Refused, result.Outcome);
        var resting = Assert.Single(rig.Host.Health.Resting);
        Assert.Equal((bad, "it has ended"), (resting.Path, resting.Reason));
        Assert.True(rig.Host.Health.Restarts >= 10);
    }

    [Fact]
    public async Task Worker_WithoutSessions_IsReplacedAfterMaxCalls()
    {
        await using var rig = new RubyRig(One with { MaxCalls = 2 });
        var path = rig.Write("puts $$");
        var first = (await rig.CallAsync(path, session: 1)).Output[0];
        Assert.Equal(first, (await rig.CallAsync(path, session: 1)).Output[0]);
        Assert.Equal(first, (await rig.CallAsync(path, session: 1)).Output[0]);
        rig.Host.EndSession(1);

        Assert.NotEqual(first, (await rig.CallAsync(path, session: 2)).Output[0]);
    }

    [Theory]
    [InlineData("ruby", "/nowhere/ruby", "there is no program '/nowhere/ruby'")]
    [InlineData("ironruby", "", "no 'ironruby' or 'ir' found")]
    [InlineData("jruby", "", "no 'jruby' found")]
    public void Engine_ThatIsNotThere_IsAClearError(string engine, string command, string message)
    {
        var error = Assert.Throws<RubyEngineException>(() => new RubyScriptHost(new RubyOptions { Engine = engine, Command = command }, TimeProvider.System, NullLogger<RubyScriptHost>.Instance));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/bin/sh\necho this is no frame\nsleep 60\n")]
    [InlineData("#!/bin/sh\nprintf '\\377\\377\\377\\377'\nsleep 60\n")]
    [InlineData("#!/bin/sh\nprintf '\\000\\000\\000\\010\\000\\000\\000\\377zzzz'\nsleep 60\n")]
    [InlineData("#!/bin/sh\nexit 1\n")]
    [InlineData("#!/bin/sh\nprintf '\\000\\000\\000\\005\\000\\000\\000\\001n'\nsleep 60\n")]
    public async Task Command_ThatIsNoRuby_IsAClearErrorAndIsGone(string program)
    {
        await using var rig = new RubyRig();
        var path = rig.Write(program, "fake");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var host = new RubyScriptHost(new RubyOptions { Command = path, StartTimeout = TimeSpan.FromSeconds(5) }, TimeProvider.System, NullLogger<RubyScriptHost>.Instance);

        var error = await Assert.ThrowsAsync<RubyEngineException>(host.StartAsync);

        Assert.StartsWith("Ruby did not start as a worker", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.ProcessIds);
    }

    /// <summary>Killed processes may be zombies for a moment.</summary>
    private static bool IsInGroup(int group)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            var alive = Directory.GetDirectories("/proc").Select(path => Path.Combine(path, "stat")).Where(File.Exists).Select(Stat)
                .Any(stat => stat is [var state, _, var pgrp, ..] && pgrp == $"{group}" && state is not ("Z" or "X"));
            if (!alive)
            {
                return false;
            }

            Thread.Sleep(20);
        }

        return true;
    }

    private static string[] Stat(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
