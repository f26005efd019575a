namespace Pmilter.Doctor;

/// <summary>How bad it is.</summary>
internal enum FindingLevel
{
    /// <summary>Said so that it is known.</summary>
    Good,

    /// <summary>Worth a thought; nothing is wrong.</summary>
    Note,

    /// <summary>Mail goes on, and not as somebody would expect.</summary>
    Warning,

    /// <summary>Mail is not filtered, or not accepted.</summary>
    Error,
}

/// <summary>What the doctor says.</summary>
/// <param name="What">The parameter or the service.</param>
/// <param name="Mend">The line that mends it, to be typed or written; empty where nothing need be done.</param>
internal sealed record Finding(FindingLevel Level, string What, string Text, string Mend = "");
