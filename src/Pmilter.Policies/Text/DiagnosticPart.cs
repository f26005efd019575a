namespace Pmilter.Policies.Text;

/// <summary>What a piece of a printed diagnostic is.</summary>
public enum DiagnosticPart
{
    /// <summary><c>10.yaml:5:9:</c>.</summary>
    Place,

    /// <summary>The word <c>error</c>.</summary>
    Error,

    /// <summary>The word <c>warning</c>.</summary>
    Warning,

    /// <summary><c>PM104:</c>.</summary>
    Id,

    /// <summary>What is wrong.</summary>
    Message,

    /// <summary>The number of the line and the bar beside it.</summary>
    Frame,

    /// <summary>The line itself.</summary>
    Source,

    /// <summary>The caret, and how it is mended.</summary>
    Mend,
}
