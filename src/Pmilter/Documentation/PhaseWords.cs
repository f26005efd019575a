using Pmilter.Policies.Mail;

namespace Pmilter.Documentation;

/// <summary>Phases as the documents write them.</summary>
internal static class PhaseWords
{
    public static string Of(Phase phase) => Lower(phase);

    /// <summary><c>mail to eom</c>, <c>connect to unknown but rcpt</c>, <c>header, body</c>.</summary>
    public static string Of(IReadOnlyList<Phase> phases)
    {
        var all = Enum.GetValues<Phase>();
        if (phases.Count == all.Length)
        {
            return "every";
        }

        var run = all.Where(phase => phase >= phases[0] && phase <= phases[^1]).ToList();
        var missing = run.Except(phases).ToList();
        return phases.Count < 3 || missing.Count > 2
            ? string.Join(", ", phases.Select(Of))
            : $"{Of(run[0])} to {Of(run[^1])}{(missing.Count > 0 ? $" but {string.Join(" and ", missing.Select(Of))}" : string.Empty)}";
    }

    public static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
