namespace Pmilter.Policies.Authentication.Spf;

/// <summary>What one check may cost (RFC 7208 4.6.4).</summary>
internal sealed class SpfLimits
{
    public const int MostNames = 10;
    private const int MostTerms = 10;
    private const int MostVoids = 2;

    private int _terms;
    private int _voids;

    /// <summary>Counts a term that asks the DNS; false for one too many.</summary>
    public bool Term() => ++_terms <= MostTerms;

    /// <summary>Counts a look-up that found nothing; false for one too many.</summary>
    public bool Void() => ++_voids <= MostVoids;
}
