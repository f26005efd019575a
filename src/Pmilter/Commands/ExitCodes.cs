namespace Pmilter.Commands;

/// <summary>What every verb ends with.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It ran, and found something: a diagnostic, a refusal.</summary>
    public const int Findings = 1;

    /// <summary>Usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, or we have a bug.</summary>
    public const int Unreachable = 3;
}
