using System.Globalization;

namespace Pmilter.Policies.Mail;

/// <summary>Brings a domain of mail into the one form that conditions compare: lower case, NFC, A-labels, no final dot.</summary>
public static class DomainName
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>Never fails: what IDNA refuses is lower-cased only. Address literals (<c>[192.0.2.1]</c>) stay.</summary>
    public static string Normalize(string domain)
    {
        var text = domain.Trim().TrimEnd('.');
        if (System.Text.Ascii.IsValid(text) || text.StartsWith('['))
        {
            return text.ToLowerInvariant();
        }

        try
        {
            return Idn.GetAscii(text.Normalize()).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            // Bytes that are no UTF-8 (lone surrogates), empty or overlong labels.
            return text.ToLowerInvariant();
        }
    }
}
