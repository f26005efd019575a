using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Lists;

/// <summary>
/// Domains as they are compared: NFC, lower case, A-labels, no final dot. A label that IDNA refuses stays as it is in lower case:
/// mail carries such domains, and a policy must still see them.
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

        var labels = Compose(trimmed).Split('.', '\u3002', '\uff0e', '\uff61');
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = NormalizeLabel(labels[i]);
        }

        return string.Join('.', labels).TrimEnd('.');
    }

    /// <summary>An address with its domain normalised, the local part as written.</summary>
    public static string NormalizeAddress(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? address : string.Concat(address.AsSpan(0, at + 1), Normalize(address[(at + 1)..]));
    }

    private static string NormalizeLabel(string label)
    {
        if (label.Length == 0 || Ascii.IsValid(label))
        {
            return label.ToLowerInvariant();
        }

        try
        {
            return Idn.GetAscii(label).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return label.ToLowerInvariant();
        }
    }

    private static string Compose(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // A lone surrogate.
            return text;
        }
    }
}
