namespace Pmilter.Protocol.Negotiation;

/// <summary>Whether a set holds a flag. Enum.HasFlag boxes until its caller is optimised.</summary>
internal static class FlagSets
{
    public static bool Has(this MilterActions set, MilterActions flag) => (set & flag) == flag;

    public static bool Has(this MilterSteps set, MilterSteps flag) => (set & flag) == flag;

    public static bool Has(this MilterEvents set, MilterEvents flag) => (set & flag) == flag;
}
