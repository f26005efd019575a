namespace Pmilter.Documentation;

/// <summary>A manual page in man(7)'s words.</summary>
internal sealed class RoffWriter(TextWriter output)
{
    public void Title(string name, int section, string version, string summary)
    {
        output.WriteLine($".TH {name.ToUpperInvariant()} {section} \"\" \"pmilter {version}\" \"Pmilter\"");
        Section("Name");
        output.WriteLine($"{Text(name)} \\- {Text(summary)}");
    }

    public void Section(string title) => output.WriteLine($".SH {Text(title).ToUpperInvariant()}");

    public void Part(string title) => output.WriteLine($".SS {Text(title)}");

    public void Paragraph(string text)
    {
        output.WriteLine(".PP");
        output.WriteLine(Text(text));
    }

    /// <summary>A word and, indented below it, what it means.</summary>
    public void Term(string term, string text)
    {
        output.WriteLine(".TP");
        output.WriteLine($".B {Text(term)}");
        output.WriteLine(text.Length > 0 ? Text(text) : "\\&");
    }

    /// <summary>As written, line by line.</summary>
    public void Verbatim(string text)
    {
        output.WriteLine(".PP");
        output.WriteLine(".nf");
        foreach (var line in text.Split('\n'))
        {
            output.WriteLine(Text(line));
        }

        output.WriteLine(".fi");
    }

    /// <summary>A dot or an apostrophe at a line's begin would be a request, a bare hyphen is typeset as one that nobody can paste.</summary>
    private static string Text(string text)
    {
        var escaped = text
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("`", string.Empty, StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? $"\\&{escaped}" : escaped;
    }
}
