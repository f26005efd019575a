using System.Globalization;
using System.Net;
using CsCheck;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

/// <summary>What the tables answer against one entry after the other.</summary>
public sealed class ListTableTests
{
    private static readonly Gen<(byte[] Bytes, int Prefix)> Six = Gen.Select(Gen.Byte[0, 3].Array[16], Gen.Int[0, 128], (bytes, prefix) => (bytes, prefix));
    private static readonly Gen<(byte[] Bytes, int Prefix)> Four = Gen.Select(Gen.Byte[0, 3].Array[4], Gen.Int[0, 32], (bytes, prefix) => (bytes, prefix));

    [Fact]
    public void Match_RandomNetworks_IsTheSmallestThatContainsIt() =>
        Gen.Select(Gen.OneOf(Four, Six).Array[1, 40], Gen.OneOf(Four, Six).Array[1, 20]).Sample(
            (networks, strangers) =>
            {
                var entries = networks.Select(network => new IPNetwork(new IPAddress(Masked(network)), network.Prefix)).ToArray();
                var list = Read("cidr", string.Join('\n', entries));
                Assert.Equal(entries.Distinct().Count(), list.Count);
                foreach (var address in strangers.Concat(networks).Select(network => new IPAddress(network.Bytes)))
                {
                    var holders = entries.Where(entry => Holds(entry, address)).ToArray();
                    Assert.True((holders.Length > 0) == list.Contains(address), $"{address} in {string.Join(' ', entries)}");
                    var match = list.Match(address.ToString());
                    if (holders.Length == 0)
                    {
                        Assert.Null(match);
                        continue;
                    }

                    var smallest = holders.MaxBy(Length);
                    Assert.Equal((smallest.ToString(), Array.IndexOf(entries, smallest) + 1), (match!.Value.Entry, match.Value.Line));
                }
            },
            iter: 300);

    [Fact]
    public void Contains_ManyNetworks_SameAsOneByOne()
    {
        // Enough for the index over the first bits.
        var random = new Random(7);
        var entries = Enumerable.Range(0, 6000).Select(_ => Masked((RandomBytes(random), 8 + random.Next(25)))).Select(bytes => new IPNetwork(new IPAddress(bytes), 32)).ToArray();
        var known = entries.Select(entry => entry.BaseAddress).ToHashSet();
        var list = Read("cidr", string.Join('\n', entries));

        Assert.All(entries, entry => Assert.True(list.Contains(entry.BaseAddress)));
        for (var i = 0; i < 20_000; i++)
        {
            var address = new IPAddress(RandomBytes(random));
            Assert.Equal(known.Contains(address), list.Contains(address));
        }
    }

    [Fact]
    public void Match_RandomDomains_SameAsOneByOne()
    {
        var label = Gen.Int[0, 5].Select(i => new[] { "a", "b", "mail", "example", "ä", "JP" }[i]);
        var domain = label.Array[1, 4].Select(labels => string.Join('.', labels));
        Gen.Select(Gen.Select(Gen.Bool, domain, (isBelow, name) => isBelow ? $".{name}" : name).Array[1, 30], domain.Array[1, 20]).Sample(
            (entries, values) =>
            {
                var list = Read("domain", string.Join('\n', entries));
                foreach (var value in values.Select(DomainText.Normalize))
                {
                    var names = entries.Select(entry => entry[0] == '.' ? $".{DomainText.Normalize(entry[1..])}" : DomainText.Normalize(entry)).ToArray();
                    var expected = names.Where(name => name == value || (name[0] == '.' && value.EndsWith(name, StringComparison.Ordinal)))
                        .OrderByDescending(name => name[0] != '.').ThenByDescending(name => name.Length).FirstOrDefault();
                    Assert.Equal(expected is not null, list.Contains(value));
                    Assert.Equal(expected, list.Match(value)?.Entry);
                    Assert.Equal(expected is null ? null : Array.IndexOf(names, expected) + 1, list.Match(value)?.Line);
                }
            },
            iter: 500);
    }

    [Fact]
    public void Contains_RandomTexts_SameAsComparedOneByOne() =>
        Gen.Select(Gen.String[0, 6].Where(IsLine).Array[0, 60], Gen.String[0, 6].Array[1, 30]).Sample(
            (entries, values) =>
            {
                var list = Read("text", string.Join('\n', entries));
                foreach (var value in values.Concat(entries).Concat(entries.Select(entry => entry.ToUpperInvariant())))
                {
                    Assert.Equal(
                        entries.Any(entry => string.Equals(NormalText.Compose(entry), NormalText.Compose(value), StringComparison.OrdinalIgnoreCase)),
                        list.Contains(value));
                }
            },
            iter: 500);

    [Fact]
    public void Find_ManyKeys_EachHasItsRow()
    {
        var map = Read("map", "key,a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"k{i}.example,{i},v{i % 7}\n")));

        Assert.All(Enumerable.Range(0, 5000), i =>
        {
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), map.Find($"K{i}.example", 0));
            Assert.Equal($"v{i % 7}", map.Find($"k{i}.example", 1));
        });
        Assert.Null(map.Find("k5000.example", 0));
    }

    [Fact]
    public void Contains_NumbersInAnyOrder_AreFoundWithTheirLine()
    {
        var list = Read("number", "30\n10\n\n20.5\n10\n");

        Assert.Equal(3, list.Count);
        Assert.Equal((2, "20.5"), (list.Match("10")!.Value.Line, list.Match("20.5")!.Value.Entry));
        Assert.Null(list.Match("11"));
    }

    /// <summary>Bit by bit, IPv4 as its v4-mapped IPv6 address.</summary>
    private static bool Holds(IPNetwork network, IPAddress address)
    {
        var (first, other) = (network.BaseAddress.MapToIPv6().GetAddressBytes(), address.MapToIPv6().GetAddressBytes());
        return Enumerable.Range(0, Length(network)).All(bit => ((first[bit / 8] ^ other[bit / 8]) & (0x80 >> (bit % 8))) == 0);
    }

    private static int Length(IPNetwork network) => network.BaseAddress.GetAddressBytes().Length == 4 ? network.PrefixLength + 96 : network.PrefixLength;

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[4];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Masked((byte[] Bytes, int Prefix) network)
    {
        var masked = (byte[])network.Bytes.Clone();
        for (var bit = network.Prefix; bit < masked.Length * 8; bit++)
        {
            masked[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return masked;
    }

    /// <summary>What stands in a file as one entry, and as nothing else.</summary>
    private static bool IsLine(string text) => text.Length > 0 && text.Trim() == text && text.IndexOfAny(['\n', '\r', '#', '=', '\uFEFF', '\uFFFD']) < 0 && !text.Any(char.IsSurrogate);

    private static MailList Read(string type, string file)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(
            new SourceText("policies/p.yaml", $"policy: p\nlists:\n  a: {{ type: {type}, file: a.txt }}\n"), new ListFiles { ["a.txt"] = file }, diagnostics);
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics.All));
        return document!.Lists[0].Content;
    }
}
