namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>What came of one signature.</summary>
/// <param name="Word">As in Authentication-Results (RFC 8601 2.7.1).</param>
/// <param name="Reason">What is wrong; empty for a pass.</param>
/// <param name="Signature">Null for one that cannot be read.</param>
internal sealed record DkimOutcome(string Word, string Reason, DkimSignature? Signature)
{
    public const string Pass = "pass";
    public const string Fail = "fail";
    public const string Neutral = "neutral";
    public const string Policy = "policy";
    public const string TempError = "temperror";
    public const string PermError = "permerror";

    public bool IsPass => Word == Pass;
}
