namespace Pmilter.Fuzz.Runs;

/// <summary>No crash, and yet not what was promised.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    public static void ThrowUnless(bool holds, string message)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(message);
        }
    }
}
