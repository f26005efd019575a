namespace Pmilter.Policies.Authentication;

/// <summary>What methods say of a message (RFC 8601 2.7).</summary>
public static class AuthenticationWords
{
    public static IReadOnlyList<string> All { get; } = ["pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror"];
}
