using System.Globalization;
using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>
/// Domains as they are compared: NFC, lower case, A-labels (UTS 46, non-transitional: ß stays a letter of its own), no final dot. A label
/// that IDNA refuses stays as it is in lower case: mail carries such domains, and a policy must still see them.
/// </summary>
public static class DomainText
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>Never throws; a domain that is normal already is returned itself.</summary>
    public static string Normalize(string domain)
    {
        var trimmed = domain.EndsWith('.') ? domain[..^1] : domain;
        if (Ascii.IsValid(trimmed))
        {
            return trimmed.AsSpan().ContainsAnyInRange('A', 'Z') ? trimmed.ToLowerInvariant() : trimmed;
        }

        var labels = NormalText.Compose(trimmed).Split('.', '\u3002', '\uff0e', '\uff61');
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = NormalizeLabel(labels[i]);
        }

        return string.Join('.', labels).TrimEnd('.');
    }

    /// <summary>An address with its domain normalised, the local part in NFC with its case.</summary>
    public static string NormalizeAddress(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? NormalText.Compose(address) : $"{NormalText.Compose(address[..at])}@{Normalize(address[(at + 1)..])}";
    }

    /// <summary>Whether a domain is written as its A-labels, or as the letters that those stand for, and not as something that only becomes them.</summary>
    internal static bool IsSpelling(string domain, string normal)
    {
        if (domain.Equals(normal, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        try
        {
            return !Ascii.IsValid(domain) && NormalText.Compose(domain).Equals(Idn.GetUnicode(normal), StringComparison.OrdinalIgnoreCase);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether it can stand in a domain; underscores and address literals do occur.</summary>
    internal static bool IsDomain(ReadOnlySpan<char> domain)
    {
        if (domain.IsEmpty || domain[0] == '.' || domain.Contains("..", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var c in domain)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '@' or '*' or '/' or ',' or ';' or '"' or '\'' or '<' or '>' or '(' or ')' or '=')
            {
                return false;
            }
        }

        return true;
    }

    private static string NormalizeLabel(string label)
    {
        // Before the mapping: of the capital sharp s tables of different age make ss or ß.
        var lower = label.ToLowerInvariant();
        if (Ascii.IsValid(lower))
        {
            return lower;
        }

        try
        {
            return Idn.GetAscii(lower).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return lower;
        }
    }
}
