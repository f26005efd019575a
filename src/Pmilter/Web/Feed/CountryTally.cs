namespace Pmilter.Web.Feed;

/// <summary>Messages by the country of the client since the start, and how many of them were refused: a place for each two letters.</summary>
internal sealed class CountryTally
{
    private const int Letters = 26;

    private readonly long[] _messages = new long[Letters * Letters];
    private readonly long[] _refused = new long[Letters * Letters];

    public void Count(string country, bool isRefused)
    {
        var place = PlaceOf(country);
        Interlocked.Increment(ref _messages[place]);
        if (isRefused)
        {
            Interlocked.Increment(ref _refused[place]);
        }
    }

    /// <summary>Those that have sent, most first.</summary>
    public IReadOnlyList<(string Code, long Messages, long Refused)> Read() =>
    [
        .. Enumerable.Range(0, _messages.Length)
            .Where(place => Volatile.Read(ref _messages[place]) > 0)
            .Select(place => ($"{(char)('A' + (place / Letters))}{(char)('A' + (place % Letters))}", _messages[place], _refused[place]))
            .OrderByDescending(country => country.Item2),
    ];

    /// <summary>What is no country is ZZ, as in the language.</summary>
    private static int PlaceOf(string country) =>
        country.Length == 2 && char.IsAsciiLetterUpper(country[0]) && char.IsAsciiLetterUpper(country[1])
            ? ((country[0] - 'A') * Letters) + country[1] - 'A'
            : (Letters * Letters) - 1;
}
