using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Promotion;

/// <summary>Where things stand in a YAML file, for those who edit its text.</summary>
internal static class YamlPlaces
{
    /// <summary>Written with braces.</summary>
    public static bool IsFlow(this YamlMapping mapping) => mapping.Span.Source.Text[mapping.Span.Start] == '{';

    /// <summary>Behind the last character; a line break at the end of a block belongs to what follows.</summary>
    public static int EndOf(this SourceSpan span) => span.Start + span.Source.Text.AsSpan(span.Start, span.Length).TrimEnd().Length;
}
