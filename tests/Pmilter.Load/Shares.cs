namespace Pmilter.Load;

/// <summary>Percentiles of sorted times.</summary>
internal static class Shares
{
    public static double At(double[] sorted, double share) => sorted.Length == 0 ? double.NaN : sorted[(int)(share * (sorted.Length - 1))];
}
