using Pmilter.Commands;
using Pmilter.Screen;

namespace Pmilter.Tests.Screen;

public sealed class TextTableTests
{
    [Theory]
    [InlineData(0, "NAME  MEANING\na     nine words that make a line which is long\n")]
    [InlineData(30, "NAME  MEANING\na     nine words that make a …\n")]
    [InlineData(5, "NAME  MEANING\na     nine words that make a line which is long\n")]
    public void Write_OnANarrowTerminal_CutsTheLastColumn(int width, string expected)
    {
        var table = new TextTable("NAME", "MEANING");
        table.Add("a", "nine words that make a line which is long");

        Assert.Equal(expected, Written(table, width));
    }

    [Fact]
    public void Write_OfWideCharacters_CountsColumns()
    {
        var table = new TextTable("NAME", "MEANING");
        table.Add("a", "迷惑メールの件名です");

        Assert.Equal("NAME  MEANING\na     迷惑メー…\n", Written(table, 16));
    }

    [Fact]
    public void Write_OfColours_AlignsByWhatIsSeen()
    {
        var table = new TextTable("VERDICT", "RULE");
        table.Add(Toned.Verdict("reject"), "a\u001b");

        Assert.Equal("VERDICT  RULE\nreject   a␛\n", Written(table, 0));
    }

    private static string Written(TextTable table, int width)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using var page = new Page(text) { Width = width };
        table.Write(page);
        return text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
