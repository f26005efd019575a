using DiffPlex.Renderer;

namespace Pmilter.Promotion;

/// <summary>What changed between two texts, in the form that <c>patch</c> reads.</summary>
internal static class UnifiedDiff
{
    private const int Context = 2;

    /// <summary>Empty when nothing changed. Line ends are left out: a terminal is where it is read.</summary>
    public static string Of(string path, string before, string after) => before == after
        ? string.Empty
        : UnidiffRenderer.GenerateUnidiff(Lines(before), Lines(after), path, path, ignoreWhitespace: false, ignoreCase: false, contextLines: Context).TrimEnd('\n') + "\n";

    /// <summary>Without the end of the last line, behind which the library sees one more.</summary>
    private static string Lines(string text) => text.ReplaceLineEndings("\n") is var lines && lines.EndsWith('\n') ? lines[..^1] : lines;
}
