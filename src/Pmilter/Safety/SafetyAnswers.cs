namespace Pmilter.Safety;

/// <summary>What is lowered and blocked now.</summary>
/// <param name="Problem">Why it would not outlast a restart; empty when it would.</param>
internal sealed record SafetyStatus(IReadOnlyList<LoweredRule> Lowered, IReadOnlyList<Block> Blocks, string Problem)
{
    /// <summary>Rules in monitor since their fuse has blown.</summary>
    public IReadOnlyList<BlownRule> Blown { get; init; } = [];
}

/// <param name="Done">In words.</param>
/// <param name="Now">What is lowered and blocked after it.</param>
internal sealed record SafetyAnswer(string Done, SafetyStatus Now);
