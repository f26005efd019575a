namespace Pmilter.Policies.Facts;

/// <summary>
/// Answers of look-ups that somebody has given: a test, the command line, the decision log. What is asked and not given is noted; it is
/// never guessed.
/// </summary>
/// <param name="answers">Look-up as printed, or with the values that it was asked for → text, <c>true</c>, <c>false</c>, or null for one that failed.</param>
public sealed class GivenFacts(IReadOnlyDictionary<string, string?> answers)
{
    private readonly HashSet<string> _missed = new(StringComparer.Ordinal);

    /// <summary>Look-ups that were asked and not given.</summary>
    public IReadOnlySet<string> Missed => _missed;

    /// <summary>Whether what only monitor rules ask counts as missed.</summary>
    public bool CountsMonitor { get; init; } = true;

    internal bool TryFind(string asked, string written, out string? answer) =>
        answers.TryGetValue(asked, out answer) || answers.TryGetValue(written, out answer);

    internal void Miss(string written, bool isMonitor)
    {
        if (CountsMonitor || !isMonitor)
        {
            _missed.Add(written);
        }
    }
}
