using System.Globalization;

namespace Pmilter.Rehearsal;

/// <summary>One message again and again: which of them is the first that is treated otherwise.</summary>
internal sealed class Simulation(Stage stage, SampleMessage sample)
{
    private const int ProgressStep = 100;

    private readonly List<SimulatedRun> _runs = [];

    /// <summary>Neighbours that were treated alike, in order.</summary>
    public IReadOnlyList<SimulatedRun> Runs => _runs;

    /// <summary>The first that was refused; null when none was.</summary>
    public PlayedMessage? FirstRefused { get; private set; }

    public int FirstRefusedNumber { get; private set; }

    /// <summary>Look-ups that were asked, and whose answers nobody has given.</summary>
    public SortedSet<string> Missed { get; } = new(StringComparer.Ordinal);

    public async Task RunAsync(int count, TimeSpan every, DateTimeOffset now, Action<long, long> progress, CancellationToken cancellationToken)
    {
        for (var number = 1; number <= count; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var message = sample.Numbered(number);
            var connection = await PlayedConnection.OpenAsync(stage, message, now).ConfigureAwait(false);
            var played = await connection.SendAsync(message, now).ConfigureAwait(false);
            await connection.CloseAsync(now).ConfigureAwait(false);
            Missed.UnionWith(played.Missed);
            Add(number, played);
            now += every;
            if (number % ProgressStep == 0)
            {
                progress(number, count);
            }
        }

        progress(count, count);
    }

    private void Add(int number, PlayedMessage played)
    {
        if (played.IsRefused && FirstRefused is null)
        {
            FirstRefused = played;
            FirstRefusedNumber = number;
        }

        var rule = played.Final.Decision.Rule;
        var would = string.Join(", ", played.Would.Select(w => string.Create(CultureInfo.InvariantCulture, $"would {w.Outcome} by {w.Rule.Id}")).Distinct(StringComparer.Ordinal));
        var last = _runs.Count > 0 ? _runs[^1] : null;
        if (last is not null && last.Verdict == played.Verdict && last.Rule == (rule?.Id ?? string.Empty) && last.Would == would)
        {
            _runs[^1] = last with { To = number };
            return;
        }

        _runs.Add(new SimulatedRun(number, number, played.Verdict, rule?.Id ?? string.Empty, would, played));
    }
}

/// <param name="From">Its first message, from 1.</param>
/// <param name="Verdict">Of all of them.</param>
/// <param name="Rule">Who decided; empty for nobody.</param>
/// <param name="Would">What monitor rules would have done.</param>
/// <param name="First">What became of its first message.</param>
internal sealed record SimulatedRun(int From, int To, string Verdict, string Rule, string Would, PlayedMessage First);
