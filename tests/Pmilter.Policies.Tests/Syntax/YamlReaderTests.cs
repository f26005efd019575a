using CsCheck;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Syntax;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: x y", "x y")]
    [InlineData("a: 'x'", "'x'")]
    [InlineData("a: \"x\" # c", "\"x\"")]
    [InlineData("# c\r\na:   x\r\nb: y", "x")]
    [InlineData("a: [b, {c: d}]\ne: f", "[b, {c: d}]")]
    [InlineData("a: { b: c }", "{ b: c }")]
    [InlineData("\ufeffa: 😀x", "😀x")]
    public void Read_FirstValue_SpanCoversWhatWasWritten(string text, string written)
    {
        var (node, diagnostics) = Read(text);

        Assert.Empty(diagnostics.All);
        Assert.Equal(written, Expressions.Written(Assert.IsType<YamlMapping>(node).Entries[0].Value.Span));
    }

    [Theory]
    [InlineData("a: x and y")]
    [InlineData("a: 'it''s x and y'")]
    [InlineData("a: \"x \\\\ and y\"")]
    [InlineData("a: |\n  x\n    and y\n")]
    [InlineData("a: |\r\n  x\r\n\r\n  and y\r\n")]
    [InlineData("a: >-\n   x\n   and y\n")]
    [InlineData("a: x\n  and\n  y")]
    public void SpanOf_AnyStyle_PointsAtThePart(string text)
    {
        var scalar = (YamlScalar)((YamlMapping)Read(text).Node!).Entries[0].Value;

        var span = scalar.SpanOf(scalar.Value.IndexOf("and", StringComparison.Ordinal), 3);

        Assert.Equal("and", Expressions.Written(span));
    }

    [Theory]
    [InlineData("a: 1\na: 2", "PM157")]
    [InlineData("a: !!str x", "PM153")]
    [InlineData("a: &x y", "PM154")]
    [InlineData("<<: {}", "PM155")]
    [InlineData("a: 1\n---\nb: 2", "PM156")]
    [InlineData("[a]: b", "PM158")]
    [InlineData("a: @b", "PM159")]
    [InlineData("a: \"\\d\"", "PM159")]
    [InlineData("a: 'x", "PM159")]
    [InlineData("a: [1, 2", "PM159")]
    [InlineData("a:b\nc: d", "PM163")]
    [InlineData("a: 1\n\tb: 1", "PM160")]
    [InlineData("a: 'x' y", "PM161")]
    [InlineData("a: {x}", "PM162")]
    [InlineData("a: b: c", "PM163")]
    [InlineData("a: [f(x, y), z]", "PM164")]
    public void Read_Trap_OneDiagnostic(string text, string id)
    {
        Assert.Equal(id, Assert.Single(Read(text).Diagnostics.All).Id);
    }

    [Fact]
    public void Read_SplitCall_IsPutTogether()
    {
        var node = (YamlMapping)Read("a: { when: in(x, 'a'), then: y }").Node!;
        var inner = (YamlMapping)node.Entries[0].Value;

        Assert.Equal(["when=in(x, 'a')", "then=y"], inner.Entries.Select(entry => $"{entry.Key.Value}={((YamlScalar)entry.Value).Value}"));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{ a: ", "}")]
    [InlineData("- ", "")]
    [InlineData("? ", "")]
    public void Read_DeepNesting_IsRefused(string open, string close)
    {
        foreach (var depth in (int[])[41, 30000])
        {
            var text = string.Concat(Enumerable.Repeat(open, depth)) + "x" + string.Concat(Enumerable.Repeat(close, depth));

            var (node, diagnostics) = Read(text);

            Assert.Null(node);
            Assert.Contains(diagnostics.All, found => found.Id is "PM152" or "PM159");
        }
    }

    [Fact]
    public void Read_TooLong_IsRefused() => Assert.Equal("PM151", Assert.Single(Read("a: " + new string('x', YamlReader.MaxLength)).Diagnostics.All).Id);

    [Theory]
    [InlineData("61ff62", 1)]
    [InlineData("efbbbf61c3", 1)]
    [InlineData("e5bd93eda080", 1)]
    [InlineData("fffe6100", 0)]
    public void Decode_NotUtf8_ReportsTheFirstByte(string hex, int offset)
    {
        var diagnostics = new DiagnosticBag();

        SourceText.Decode("x", Convert.FromHexString(hex), diagnostics);

        var found = Assert.Single(diagnostics.All);
        Assert.Equal(("PM150", offset), (found.Id, found.Span.Start));
    }

    [Fact]
    public void Parse_MutatedPolicy_NeverThrows()
    {
        var policies = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.yaml").Select(File.ReadAllBytes).ToArray();
        Assert.NotEmpty(policies);
        var mutation = Gen.Select(Gen.Int[0, 9999], Gen.Int[0, 6], Gen.OneOf(Gen.Byte, Gen.Char["{}[]:,'\"#!&*|>%@`-? \n\t()"].Select(c => (byte)c)));
        Gen.Select(Gen.Int[0, policies.Length - 1], mutation.Array[1, 5]).Sample(
            (index, mutations) =>
            {
                var bytes = policies[index].ToList();
                foreach (var (at, removed, added) in mutations)
                {
                    var place = at % (bytes.Count + 1);
                    bytes.RemoveRange(place, Math.Min(removed, bytes.Count - place));
                    bytes.Insert(place, added);
                }

                ParseAll([.. bytes]);
            },
            iter: 3000);
    }

    [Fact]
    public void Parse_RandomBytes_NeverThrows() => Gen.Byte.Array[0, 80].Sample(ParseAll, iter: 5000);

    private static void ParseAll(byte[] bytes)
    {
        var diagnostics = new DiagnosticBag();
        var source = SourceText.Decode("x.yaml", bytes, diagnostics);
        var document = PolicyDocumentParser.Parse(source, new ListFiles { ["lists/partners.txt"] = source.Text }, diagnostics);
        Assert.True(document is not null || diagnostics.HasErrors);
        foreach (var format in Enum.GetValues<DiagnosticFormat>())
        {
            DiagnosticRenderer.Render(diagnostics.All, format);
        }
    }

    private static (YamlNode? Node, DiagnosticBag Diagnostics) Read(string text)
    {
        var diagnostics = new DiagnosticBag();
        return (YamlReader.Read(new SourceText("x.yaml", text), diagnostics), diagnostics);
    }
}
