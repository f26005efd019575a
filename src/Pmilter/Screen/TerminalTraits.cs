namespace Pmilter.Screen;

/// <summary>What is at the other end of the two streams.</summary>
internal sealed record TerminalTraits
{
    /// <summary>Two files: nobody looks.</summary>
    public static readonly TerminalTraits Redirected = new();

    public bool IsOutputTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    /// <summary>It moves no cursor: TERM=dumb.</summary>
    public bool IsDumb { get; init; }

    /// <summary>The user wants no colours: NO_COLOR is set and not empty (no-color.org).</summary>
    public bool IsColourless { get; init; }

    /// <summary>Columns; 0 when it does not say.</summary>
    public int Width { get; init; }

    public static TerminalTraits OfProcess() => new TerminalTraits
    {
        IsOutputTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
        Width = WindowWidth.OfProcess(),
    }.In(Environment.GetEnvironmentVariable);

    public TerminalTraits In(Func<string, string?> environment) => this with
    {
        IsDumb = environment("TERM") == "dumb",
        IsColourless = environment("NO_COLOR") is { Length: > 0 },
    };
}
