using System.Text.RegularExpressions;

namespace Pmilter.Policies.Lists;

/// <summary>
/// A named regular expression: .NET's, ignoring case, culture-invariant; run by the linear-time engine where the pattern allows it,
/// else with a timeout of 50 ms a match.
/// </summary>
public sealed class Pattern
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private Regex? _regex;

    /// <exception cref="ArgumentException">The text is not a regular expression.</exception>
    public Pattern(string text)
    {
        Text = text;
        var plain = new Regex(text, Options, Timeout);
        if (IsPlainlyLinear(text))
        {
            IsLinear = true;
            return;
        }

        try
        {
            _regex = Linear(text);
            IsLinear = true;
        }
        catch (NotSupportedException)
        {
            _regex = plain;
        }
    }

    /// <summary>The time that one match of the backtracking engine may take.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromMilliseconds(50);

    public string Text { get; }

    /// <summary>False where look-around or back-references force the backtracking engine.</summary>
    public bool IsLinear { get; }

    /// <exception cref="RegexMatchTimeoutException">A backtracking match took longer than <see cref="Timeout"/>.</exception>
    public bool IsMatch(string value) => Ready().IsMatch(value);

    /// <summary>The linear engine takes milliseconds to be made: a start does that behind its first connection, a reload before it takes effect.</summary>
    public void Prepare() => Ready();

    private Regex Ready() => Volatile.Read(ref _regex) ?? Interlocked.CompareExchange(ref _regex, Linear(Text), null) ?? _regex;

    // Linear time needs no clock; with one, the first match of a busy machine times out while code is being compiled.
    private static Regex Linear(string text) => new(text, Options | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout);

    // What the linear engine refuses begins with '(?', is a reference or \G, or counts too far; all else need not be tried to be known.
    private static bool IsPlainlyLinear(string text) =>
        text.Length <= 500 && !text.Contains("(?", StringComparison.Ordinal) && !text.Contains('{', StringComparison.Ordinal) && !HasReference(text);

    private static bool HasReference(string text)
    {
        for (var i = 0; i < text.Length - 1; i++)
        {
            if (text[i] != '\\')
            {
                continue;
            }

            if (text[i + 1] is (>= '1' and <= '9') or 'k' or 'G')
            {
                return true;
            }

            i++;
        }

        return false;
    }
}
