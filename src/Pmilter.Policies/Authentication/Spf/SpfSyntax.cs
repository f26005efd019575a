using System.Buffers;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>The grammar of macros and names (RFC 7208 7.1, 12).</summary>
internal static class SpfSyntax
{
    private static readonly SearchValues<char> Delimiters = SearchValues.Create(".-+,/_=");
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    public static bool IsName(string text) => text.Length > 0 && char.IsAsciiLetter(text[0]) && text.AsSpan().IndexOfAnyExcept(NameCharacters) < 0;

    public static bool IsMacroString(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < '!' or > '~')
            {
                return false;
            }

            if (text[i] != '%')
            {
                continue;
            }

            if (LengthOfMacro(text[i..]) is not { } length)
            {
                return false;
            }

            i += length - 1;
        }

        return true;
    }

    /// <summary>A macro string that ends in a top-level domain or in a macro.</summary>
    public static bool IsDomainSpec(string text)
    {
        if (text.Length == 0 || !IsMacroString(text))
        {
            return false;
        }

        if (EndsInMacro(text))
        {
            return true;
        }

        var name = text.AsSpan().TrimEnd('.');
        if (text.Length - name.Length > 1)
        {
            return false;
        }

        var dot = name.LastIndexOf('.');
        return dot >= 0 && IsTopLabel(name[(dot + 1)..]);
    }

    /// <summary>Of <c>%{…}</c>, <c>%%</c>, <c>%_</c>, <c>%-</c>; null for another percent sign.</summary>
    public static int? LengthOfMacro(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
        {
            return null;
        }

        if (text[1] is '%' or '_' or '-')
        {
            return 2;
        }

        var end = text.IndexOf('}');
        if (text[1] != '{' || end < 3 || !"slodiphv".Contains(char.ToLowerInvariant(text[2]), StringComparison.Ordinal))
        {
            return null;
        }

        var rest = text[3..end];
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is var stop && stop < 0 ? rest.Length : stop;
        var isCounted = digits == 0 || (digits < 4 && rest[..digits].ContainsAnyExcept('0'));
        rest = rest[digits..];
        rest = rest.StartsWith("r", StringComparison.OrdinalIgnoreCase) ? rest[1..] : rest;
        return isCounted && !rest.ContainsAnyExcept(Delimiters) ? end + 1 : null;
    }

    private static bool EndsInMacro(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && LengthOfMacro(text[i..]) is { } length)
            {
                i += length - 1;
                if (i == text.Length - 1)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsTopLabel(ReadOnlySpan<char> label) =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-'
        && label.ContainsAnyExceptInRange('0', '9')
        && !label.ContainsAnyExcept(LabelCharacters);
}
