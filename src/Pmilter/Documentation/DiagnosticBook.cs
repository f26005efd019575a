namespace Pmilter.Documentation;

/// <summary>docs/diagnostics.md, which the program carries along.</summary>
internal static class DiagnosticBook
{
    /// <summary>The entry of an id as it stands in the document; null when there is none.</summary>
    public static string? Find(string id)
    {
        var lines = Read().Split('\n');
        var start = Array.FindIndex(lines, line => line.StartsWith($"### {id}:", StringComparison.OrdinalIgnoreCase));
        if (start < 0)
        {
            return null;
        }

        // A heading inside an example would begin with two signs in the first column; a test sees to it that none does.
        var end = Array.FindIndex(lines, start + 1, line => line.StartsWith("##", StringComparison.Ordinal));
        return string.Join('\n', lines[start..(end < 0 ? lines.Length : end)]).Trim()[4..] + "\n";
    }

    private static string Read()
    {
        using var stream = typeof(DiagnosticBook).Assembly.GetManifestResourceStream("diagnostics.md") ?? throw new InvalidOperationException("diagnostics.md is not in the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
