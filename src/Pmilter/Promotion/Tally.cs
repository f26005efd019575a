namespace Pmilter.Promotion;

/// <summary>How often each was there; at most once a message.</summary>
internal sealed class Tally
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Of one message.</summary>
    public void Add(IEnumerable<string> values)
    {
        foreach (var value in values.Distinct(StringComparer.Ordinal))
        {
            _counts[value] = _counts.GetValueOrDefault(value) + 1;
        }
    }

    public IReadOnlyList<(string Value, int Count)> ByName => [.. _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<(string Value, int Count)> Top(int most) =>
        [.. _counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(most).Select(pair => (pair.Key, pair.Value))];
}
