using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// Numbers of the language. A result that is no finite number (a division by zero, an overflow) is 0, so that a counter's limit or a
/// threshold never compares with NaN, to which every comparison is false and its negation too.
/// </summary>
internal static class Arithmetic
{
    public static Func<double, double, double> Of(BinaryOperator sign) => sign switch
    {
        BinaryOperator.Add => static (a, b) => Finite(a + b),
        BinaryOperator.Subtract => static (a, b) => Finite(a - b),
        BinaryOperator.Multiply => static (a, b) => Finite(a * b),
        BinaryOperator.Divide => static (a, b) => Finite(a / b),
        _ => static (a, b) => Finite(a % b),
    };

    public static double Finite(double number) => double.IsFinite(number) ? number : 0;

    /// <summary>Halves away from zero, as people round.</summary>
    public static double Round(double number, double digits) =>
        Finite(Math.Round(number, (int)Math.Clamp(digits, 0, 15), MidpointRounding.AwayFromZero));
}
