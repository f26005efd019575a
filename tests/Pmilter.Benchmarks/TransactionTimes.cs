using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Commands;
using Pmilter.Effects.Counters;
using Pmilter.Monitoring;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Benchmarks;

/// <summary>
/// What a message costs without sockets: whole conversations through the session, the engine and the counters, in one thread. Time and bytes
/// allocated a message, for one message a connection and for fifty.
/// </summary>
internal static class TransactionTimes
{
    private const int Messages = 200_000;
    private const int Rounds = 5;

    /// <param name="configuration">The pmilter.yaml of the policies to run.</param>
    public static async Task PrintAsync(string configuration, TextWriter output)
    {
        output.WriteLine("| messages a connection | metrics | us a message, median | least | bytes allocated a message |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var perConnection in new[] { 1, 50 })
        {
            foreach (var isWatched in new[] { false, true })
            {
                await MeasureAsync(configuration, perConnection, isWatched, output);
            }
        }
    }

    private static async Task MeasureAsync(string configuration, int perConnection, bool isWatched, TextWriter output)
    {
        await using var notices = NoticeDesk.Open(new Dictionary<string, Configuration.NotifyOptions>(), TimeProvider.System, NullLoggerFactory.Instance);
        var host = Host(configuration, notices, isWatched);
        var conversations = Enumerable.Range(0, 2000 / perConnection).Select(n => new Conversation(perConnection, n * perConnection)).ToArray();
        var times = new List<double>();
        var bytes = 0L;
        for (var round = 0; round <= Rounds; round++)
        {
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var began = Stopwatch.GetTimestamp();
            for (var n = 0; n < Messages / perConnection; n++)
            {
                var conversation = conversations[n % conversations.Length];
                conversation.Rewind();
                await host.ServeAsync(conversation, "inet", CancellationToken.None);
            }

            var took = Stopwatch.GetElapsedTime(began);
            bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            if (round > 0)
            {
                times.Add(took.TotalMicroseconds / Messages);
            }
        }

        times.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {perConnection} | {(isWatched ? "yes" : "no")} | {times[times.Count / 2]:0.00} | {times[0]:0.00} | {bytes / (double)Messages:0} |"));
    }

    internal static SessionHost Host(string configuration, NoticeDesk notices, bool isWatched)
    {
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(configuration, diagnostics);
        var set = new PolicyLoader(settings, TimeProvider.System).Load().Set ?? throw new ArgumentException($"{configuration}: the policies have errors.", nameof(configuration));
        var geo = new GeoWatch(settings.Geo, TimeProvider.System, NullLogger<GeoWatch>.Instance);
        geo.Open(set);
        var services = new HandlerServices(
            new PolicyHost(set),
            new MemoryStateStore(),
            geo.Source,
            settings.Engine,
            new DelayGate(settings.MaxDelayed, TimeProvider.System),
            TimeProvider.System,
            new DecisionLog(NullLogger<DecisionLog>.Instance),
            notices,
            Recorder: null,
            new ContentWatch(TimeProvider.System, NullLogger<ContentWatch>.Instance),
            isWatched ? new ServerMetrics() : null);
        return new SessionHost(
            settings.Session with { Clock = TimeProvider.System }, context => new PolicyHandler(context, services), () => new SessionLog(NullLogger<SessionLog>.Instance));
    }
}
