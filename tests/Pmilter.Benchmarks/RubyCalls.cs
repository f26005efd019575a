using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Ruby;
using Pmilter.Policies.Scripts;

namespace Pmilter.Benchmarks;

/// <summary>What a handler call costs, beside a bare round trip through the same kind of pipe: <c>dotnet run -c Release -- ruby</c>.</summary>
internal static class RubyCalls
{
    private const int Calls = 20_000;

    public static async Task PrintAsync(TextWriter to)
    {
        var path = Path.Combine(Path.GetTempPath(), $"pmilter-bench-{Environment.ProcessId}.rb");
        await File.WriteAllTextAsync(path, "m = Pmilter.session\nm.client_ip; m.helo; m.mail_from\n");
        await using var host = new RubyScriptHost(new RubyOptions(), TimeProvider.System, NullLogger<RubyScriptHost>.Instance);
        await to.WriteLineAsync("what                          p50 us  p99 us  calls/s");
        Line(to, "a byte through cat and back", await PipeAsync());
        Line(to, "handler, 3 fields, 1 worker", await CallsAsync(host, path, 1));
        Line(to, "handler, 3 fields, 2 workers", await CallsAsync(host, path, 2));
        File.Delete(path);
    }

    private static void Line(TextWriter to, string what, (double[] Micros, double Seconds) run)
    {
        Array.Sort(run.Micros);
        to.WriteLine($"{what,-28}  {run.Micros[run.Micros.Length / 2],6:0.0}  {run.Micros[run.Micros.Length * 99 / 100],6:0.0}  {run.Micros.Length / run.Seconds,7:0}");
    }

    private static async Task<(double[] Micros, double Seconds)> PipeAsync()
    {
        using var cat = Process.Start(new ProcessStartInfo("cat") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var (input, output) = (cat.StandardInput.BaseStream, cat.StandardOutput.BaseStream);
        var buffer = new byte[1];
        var run = await MeasureAsync(async () =>
        {
            await input.WriteAsync(buffer);
            await input.FlushAsync();
            await output.ReadExactlyAsync(buffer);
        });
        cat.StandardInput.Close();
        await cat.WaitForExitAsync();
        return run;
    }

    private static async Task<(double[] Micros, double Seconds)> CallsAsync(RubyScriptHost host, string path, int sessions)
    {
        var runs = await Task.WhenAll(Enumerable.Range(1, sessions).Select(session => Task.Run(() => MeasureAsync(async () =>
        {
            var result = await host.CallAsync(new ScriptCall(path, "mail", session, Facts.Instance, TimeSpan.FromSeconds(5)), CancellationToken.None);
            if (result.Outcome != ScriptOutcome.Completed)
            {
                throw new InvalidOperationException(result.Failure);
            }
        }))));
        return ([.. runs.SelectMany(run => run.Micros)], runs.Max(run => run.Seconds));
    }

    private static async Task<(double[] Micros, double Seconds)> MeasureAsync(Func<Task> call)
    {
        for (var i = 0; i < Calls / 10; i++)
        {
            await call();
        }

        var micros = new double[Calls];
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Calls; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await call();
            micros[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        return (micros, watch.Elapsed.TotalSeconds);
    }

    private sealed class Facts : IScriptFacts
    {
        public static Facts Instance { get; } = new();

        public ScriptValue Field(string name) => ScriptValue.Of("203.0.113.9");

        public ValueTask<ScriptValue> AskAsync(string question, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => new(ScriptValue.Nil);
    }
}
