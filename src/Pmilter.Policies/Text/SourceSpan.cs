namespace Pmilter.Policies.Text;

/// <summary>A stretch of a source: what a caret points at.</summary>
public readonly record struct SourceSpan(SourceText Source, int Start, int Length)
{
    /// <summary>1-based.</summary>
    public int Line => Source.PositionOf(Start).Line;

    /// <summary>1-based.</summary>
    public int Column => Source.PositionOf(Start).Column;

    /// <summary><c>policies/10-bulk.yaml:12</c>: how logs and explanations name a place.</summary>
    public string FileAndLine => $"{Source.Path}:{Line}";

    /// <summary><c>policies/10-bulk.yaml:12:11</c>.</summary>
    public override string ToString() => Source is null ? "nowhere" : $"{Source.Path}:{Line}:{Column}";

    /// <summary>From the start of this to the end of another in the same source.</summary>
    public SourceSpan To(SourceSpan other) => this with { Length = Math.Max(Length, other.Start + other.Length - Start) };
}

/// <summary>A value and where it was written.</summary>
public sealed record Located<T>(T Value, SourceSpan Span);
