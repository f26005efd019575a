using System.Net;
using CsCheck;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

public sealed class ListReaderTests
{
    [Theory]
    [InlineData("country", "['RU', jp, ZZ, 'EU', XK]", "RU|ru|JP|zz|EU|XK", "US||R")]
    [InlineData("domain", "[example.jp, .sub.example, EXÄMPLE.de, exämple.com, b.example.]", "example.jp|EXAMPLE.JP|a.sub.example|a.b.SUB.example|xn--exmple-cua.de|xn--exmple-cua.com|b.example", "a.example.jp|sub.example|xsub.example|jp|")]
    [InlineData("address", "[User@Example.jp, '@all.example', 'a@当.example']", "user@example.JP|x@all.example|@all.example|a@xn--u2t.example", "user2@example.jp|x@sub.all.example|all.example|")]
    [InlineData("text", "['Hello World', '#x', 'ß']", "hello world|#X|ß", "hello|ss")]
    public void Contains_Text_AsTheTypeSays(string type, string items, string inside, string outside)
    {
        var list = ReadInline(type, items);

        Assert.All(inside.Split('|'), value => Assert.True(list.Contains(value), value));
        Assert.All(outside.Split('|'), value => Assert.False(list.Contains(value), value));
    }

    [Theory]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("9.255.255.255", false)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("198.51.100.9", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("2001:db9::1", false)]
    [InlineData("::1", false)]
    public void Contains_Address_IsInANetwork(string address, bool isInside)
    {
        var list = ReadInline("cidr", "['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120']");

        Assert.Equal(isInside, list.Contains(IPAddress.Parse(address)));
        Assert.Equal(5, list.Count);
    }

    [Fact]
    public void Contains_RandomNetworks_SameAsOneByOne() =>
        Gen.Select(Gen.Select(Gen.UInt, Gen.Int[0, 32]).Array[0, 20], Gen.UInt.Array[1, 20]).Sample(
            (networks, addresses) =>
            {
                var entries = networks.Select(network => new IPNetwork(Address(network.Item1 & Mask(network.Item2)), network.Item2)).ToArray();
                var list = ReadInline("cidr", $"[{string.Join(", ", entries.Select(entry => $"'{entry}'"))}]", allowsWarnings: true);
                foreach (var address in addresses.Concat(networks.Select(network => network.Item1)).Select(Address))
                {
                    Assert.Equal(entries.Any(entry => entry.Contains(address)), list.Contains(address));
                }
            },
            iter: 500);

    [Fact]
    public void Read_NumbersAndMap_AnswerLookups()
    {
        var numbers = ReadInline("number", "[64500, 1.5, -2]");
        var map = ReadInline("map", "{ example.jp: isp, b.example: '7' }");

        Assert.True(numbers.Contains(64500) && numbers.Contains(1.5) && numbers.Contains(-2));
        Assert.False(numbers.Contains(2));
        Assert.Equal("isp", map.Find("EXAMPLE.jp", 0));
        Assert.Null(map.Find("x", 0));
        Assert.Null(map.Find("example.jp", 1));
    }

    [Fact]
    public void Read_CsvFile_HasColumns()
    {
        var file = "# providers\r\ndomain,provider,limit\r\nexample.jp,\"Big, \"\"ISP\"\"\",20\r\nb.example, small ,1.5   # note\r\n";

        var (list, diagnostics) = ReadFile("map", file);

        Assert.Empty(diagnostics);
        Assert.Equal(["provider", "limit"], list!.Columns);
        Assert.Equal("Big, \"ISP\"", list.Find("example.jp", 0));
        Assert.Equal("small", list.Find("B.example", 0));
        Assert.False(list.IsNumeric(0));
        Assert.True(list.IsNumeric(1));
    }

    [Fact]
    public void Read_InlineMapOfMappings_HasColumns()
    {
        var map = ReadInline("map", "{ example.jp: { provider: isp, limit: 20 }, b.example: { limit: 1.5, provider: small } }");

        Assert.Equal(["provider", "limit"], map.Columns);
        Assert.Equal("small", map.Find("b.example", 0));
        Assert.True(map.IsNumeric(1));
    }

    [Theory]
    [InlineData("{ a: { x: 1 }, b: { y: 1 } }")]
    [InlineData("{ a: { x: 1 }, b: { x: 1, y: 1 } }")]
    [InlineData("{ a: { x: 1, y: 2 }, b: 1 }")]
    [InlineData("{ a: 1, b: { x: 1 } }")]
    [InlineData("{ a: [1] }")]
    [InlineData("{ a: { x: [1] } }")]
    public void Read_InlineMapWithOtherColumns_IsAnError(string items)
    {
        var (_, diagnostics) = Read($"policy: p\nlists:\n  a: {{ type: map, items: {items} }}\n", new ListFiles(), new ListReading());

        Assert.Equal("PM193", Assert.Single(diagnostics).Id);
    }

    [Fact]
    public void Read_CsvFileWithAHeaderOnly_MayBeAskedForNumbersToo()
    {
        var (list, diagnostics) = ReadFile("map", "domain,customer,limit\n");

        Assert.Empty(diagnostics);
        Assert.Equal(0, list!.Count);
        Assert.True(list.IsNumeric(1));
    }

    [Theory]
    [InlineData("map", "a\n", "PM193:1")]
    [InlineData("map", "a,b\nx\n", "PM193:2")]
    [InlineData("map", "a,b\nx,\"y\n", "PM193:2")]
    [InlineData("map", "a,b,b\n", "PM193:1")]
    [InlineData("map", "a,b\nx,1\nX,2\n", "PM194:3")]
    [InlineData("country", "RU\n\nUK\n", "PM195:3")]
    [InlineData("domain", "*.example.jp\n", "PM183:1")]
    [InlineData("address", "example.jp\n", "PM183:1")]
    [InlineData("cidr", "10.0.0.1/8\n300.1.1.1\n", "PM185:1 PM183:2")]
    [InlineData("cidr", "10.1\n0x7f.0.0.1\nfe80::1%eth0\n1.2.3.4/-1\n", "PM183:1 PM183:2 PM183:3 PM183:4")]
    [InlineData("domain", "a.example until=2026-01-01\nb.example until=soon\n", "PM189:1 PM188:2")]
    public void Read_FileWithMistakes_NamesTheLineOfTheFile(string type, string file, string expected)
    {
        var (_, diagnostics) = ReadFile(type, file);

        Assert.Equal(expected, string.Join(' ', diagnostics.Select(found => $"{found.Id}:{found.Span.Line}")));
        Assert.All(diagnostics, found => Assert.Equal("lists/a.txt", found.Span.Source.Path));
    }

    [Fact]
    public void Read_LinesWithEnds_KeepsWhatHasNotExpired()
    {
        var file = "a.example until=2026-03-01 why=the move  # note\nb.example until=2026-02-28\nc.example why=forever\nd.example until=2026-03-01T09:00+09:00\n";

        var (list, _) = ReadFile("domain", file);

        Assert.True(list!.Contains("a.example") && list.Contains("c.example"));
        Assert.False(list.Contains("b.example") || list.Contains("d.example"));
        Assert.Equal(2, list.Count);
    }

    [Theory]
    [InlineData("min_items: 3", null, "PM186")]
    [InlineData("min_items: 2", null, null)]
    [InlineData("max_shrink: 30%", 3, "PM187")]
    [InlineData("max_shrink: 50%", 4, null)]
    [InlineData("max_shrink: 30%", null, null)]
    public void Read_FileOfTwo_GuardsItsSize(string guard, int? before, string? id)
    {
        var (_, diagnostics) = ReadFile("text", "a\nb\n", guard, before);

        Assert.Equal(id, diagnostics.SingleOrDefault()?.Id);
    }

    [Fact]
    public void Read_ManyBrokenLines_TwentyMessagesAndACount()
    {
        var (_, diagnostics) = ReadFile("number", string.Concat(Enumerable.Repeat("x\n", 1000)));

        Assert.Equal(21, diagnostics.Count);
        Assert.Equal("980 more lines of this list are wrong", diagnostics[^1].Message);
    }

    [Theory]
    [InlineData("EXÄMPLE.de", "xn--exmple-cua.de")]
    [InlineData("exämple.de", "xn--exmple-cua.de")]
    [InlineData("exa\u0308mple.de", "xn--exmple-cua.de")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("Example.JP.", "example.jp")]
    [InlineData("[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("", "")]
    [InlineData("a\ud800.B", "a\ud800.b")]
    public void Normalize_Domain_IsComparable(string written, string normal) => Assert.Equal(normal, DomainText.Normalize(written));

    [Fact]
    public void Normalize_AnyText_NeverThrowsAndIsStable() =>
        Gen.String[0, 80].Sample(text =>
        {
            var once = DomainText.Normalize(text);
            Assert.Equal(once, DomainText.Normalize(text));
        });

    [Theory]
    [InlineData("UK", "did you mean 'GB'?")]
    [InlineData("QQ", null)]
    public void HintFor_UnknownCountry_NamesTheUsualMistake(string written, string? hint)
    {
        Assert.False(CountryCodes.IsKnown(written));
        Assert.Equal(hint, CountryCodes.HintFor(written));
    }

    [Fact]
    public void All_Countries_Are249AndThree() => Assert.Equal(252, CountryCodes.All.Count);

    private static uint Mask(int prefix) => prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);

    private static IPAddress Address(uint bits) => new([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);

    private static MailList ReadInline(string type, string items, bool allowsWarnings = false)
    {
        var (list, diagnostics) = Read($"policy: p\nlists:\n  a: {{ type: {type}, items: {items} }}\n", new ListFiles(), new ListReading());
        Assert.True(allowsWarnings || diagnostics.Count == 0, string.Join('\n', diagnostics));
        return list!;
    }

    private static (MailList? List, IReadOnlyList<Diagnostic> Diagnostics) ReadFile(string type, string file, string guard = "", int? before = null)
    {
        var reading = new ListReading { Now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), PreviousCount = (_, _) => before };
        var policy = $"policy: p\nlists:\n  a: {{ type: {type}, file: lists/a.txt{(guard.Length > 0 ? ", " + guard : string.Empty)} }}\n";
        return Read(policy, new ListFiles { ["lists/a.txt"] = file }, reading);
    }

    private static (MailList? List, IReadOnlyList<Diagnostic> Diagnostics) Read(string policy, ListFiles files, ListReading reading)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(new SourceText("policies/p.yaml", policy), files, diagnostics, reading);
        return (document!.Lists.SingleOrDefault()?.Content, diagnostics.All);
    }
}
