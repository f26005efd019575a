using System.Text.RegularExpressions;

namespace Pmilter.Policies.Lists;

/// <summary>
/// A named regular expression: .NET's, ignoring case, culture-invariant; run by the linear-time engine where the pattern allows it,
/// else with a timeout of 50 ms a match.
/// </summary>
public sealed class Pattern
{
    private readonly Regex _regex;

    /// <exception cref="ArgumentException">The text is not a regular expression.</exception>
    public Pattern(string text)
    {
        Text = text;
        const RegexOptions options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
        try
        {
            // Linear time needs no clock; with one, the first match of a busy machine times out while code is being compiled.
            _regex = new Regex(text, options | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout);
            IsLinear = true;
        }
        catch (NotSupportedException)
        {
            _regex = new Regex(text, options, Timeout);
        }
    }

    /// <summary>The time that one match of the backtracking engine may take.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromMilliseconds(50);

    public string Text { get; }

    /// <summary>False where look-around or back-references force the backtracking engine.</summary>
    public bool IsLinear { get; }

    /// <exception cref="RegexMatchTimeoutException">A backtracking match took longer than <see cref="Timeout"/>.</exception>
    public bool IsMatch(string value) => _regex.IsMatch(value);
}
