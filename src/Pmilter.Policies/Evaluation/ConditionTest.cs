namespace Pmilter.Policies.Evaluation;

/// <summary>All of <c>when</c> and none of <c>unless</c>, file's first.</summary>
internal static class ConditionTest
{
    public static async ValueTask<Truth> RunAsync(EventRun run, Expression<bool>[] when, Expression<bool>[] unless, RuleTally? tally = null)
    {
        var failed = false;
        foreach (var condition in when)
        {
            var truth = await run.TestAsync(condition).ConfigureAwait(false);
            if (truth == Truth.False)
            {
                return Truth.False;
            }

            failed |= truth == Truth.Failed;
        }

        foreach (var exception in unless)
        {
            var truth = await run.TestAsync(exception).ConfigureAwait(false);
            if (truth == Truth.True)
            {
                tally?.LetOff();
                return Truth.False;
            }

            failed |= truth == Truth.Failed;
        }

        return failed ? Truth.Failed : Truth.True;
    }
}
