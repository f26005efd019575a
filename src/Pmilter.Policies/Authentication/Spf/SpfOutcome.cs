namespace Pmilter.Policies.Authentication.Spf;

/// <summary>What SPF says (RFC 7208 2.6).</summary>
internal enum SpfWord
{
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}

/// <param name="Word">What it says.</param>
/// <param name="Reason">Of an error, what is wrong; else empty.</param>
internal readonly record struct SpfOutcome(SpfWord Word, string Reason = "")
{
    /// <summary>As in Authentication-Results (RFC 8601 2.7.2).</summary>
    public string Text => Word switch
    {
        SpfWord.Neutral => "neutral",
        SpfWord.Pass => "pass",
        SpfWord.Fail => "fail",
        SpfWord.SoftFail => "softfail",
        SpfWord.TempError => "temperror",
        SpfWord.PermError => "permerror",
        _ => "none",
    };

    public static SpfOutcome Broken(string reason) => new(SpfWord.PermError, reason);

    public static SpfOutcome Unknown(string reason) => new(SpfWord.TempError, reason);
}
