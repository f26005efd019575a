namespace Pmilter.Policies.Syntax;

/// <summary>
/// Bounds checked before the grammar sees the text: about 850 nested parentheses overflow its stack and abort the process, and long
/// chains take it quadratic time.
/// </summary>
internal static class ExpressionLimits
{
    public const int MaxLength = 8 * 1024;

    public const int MaxDepth = 100;

    public const int MaxTokens = 2000;
}
