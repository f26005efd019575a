using Pmilter.Safety;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary>What was changed by hand, and what else is.</summary>
internal static class SafetyPage
{
    public static int Write(SafetyAnswer answer, Terminal terminal)
    {
        terminal.Output.WriteLine($"{answer.Done}.");
        if (answer.Now.Problem.Length > 0)
        {
            terminal.Error.WriteLine($"pmilter: {answer.Now.Problem}");
        }

        return ExitCodes.Ok;
    }

    public static int Write(SafetyStatus now, Terminal terminal)
    {
        if (now.Lowered.Count + now.Blocks.Count + now.Blown.Count == 0)
        {
            terminal.Error.WriteLine("Nothing is blocked, and no rule is in monitor by hand.");
            return ExitCodes.Ok;
        }

        var at = TimeProvider.System.GetUtcNow();
        var table = new TextTable("ID", "WHAT", "UNTIL", "BY", "REASON");
        foreach (var block in now.Blocks)
        {
            table.Add(Toned.Strong(block.Id), $"{(block.Rejects ? "reject" : "tempfail")} {string.Join(' ', block.Conditions)}", StateText.Until(block.Until, at), block.By, block.Reason);
        }

        foreach (var lowered in now.Lowered)
        {
            table.Add("-", $"monitor {lowered.Rule}", StateText.Until(lowered.Until, at), lowered.By, lowered.Reason);
        }

        foreach (var blown in now.Blown)
        {
            table.Add("-", $"monitor {blown.Rule}", "armed by hand", blown.By, blown.Why);
        }

        table.Write(terminal.Output);
        return ExitCodes.Ok;
    }
}
