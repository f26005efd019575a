using System.Net;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

/// <summary>The entries of a list, and which of them answered.</summary>
public sealed class ListEntryTests
{
    [Theory]
    [InlineData("domain", "A.example\n.b.example\nc.example\n", "a.example 1|.b.example 2|c.example 3", "x.B.example", ".b.example")]
    [InlineData("domain", "b.example\n.b.example\n", "b.example 1|.b.example 2", "b.example", "b.example")]
    [InlineData("address", "a@b.example\n@b.example\n", "a@b.example 1|@b.example 2", "z@b.example", "@b.example")]
    [InlineData("text", "One\n# two\nthree\n", "one 1|three 3", "ONE", "one")]
    [InlineData("country", "JP\nRU\n", "jp 1|ru 2", "ru", "ru")]
    [InlineData("cidr", "192.0.2.0/24\n192.0.2.128/25\n2001:db8::/32\n", "192.0.2.0/24 1|192.0.2.128/25 2|2001:db8::/32 3", "192.0.2.200", "192.0.2.128/25")]
    [InlineData("cidr", "192.0.2.0/24\n2001:db8::/32\n", "192.0.2.0/24 1|2001:db8::/32 2", "2001:db8::1", "2001:db8::/32")]
    [InlineData("number", "7\n1.5\n", "1.5 2|7 1", "7", "7")]
    public void Found_IsTheEntryThatAnswered_Once(string type, string text, string entries, string value, string found)
    {
        var list = Load(type, text);

        Assert.Equal(entries, string.Join('|', list.Entries.Select(entry => $"{entry.Text} {entry.Line}")));
        Assert.Empty(list.TakeFound());
        Assert.False(Ask(list, type, type is "cidr" ? "198.51.100.1" : type == "number" ? "8" : "nobody"));
        Assert.Empty(list.TakeFound());

        Assert.True(Ask(list, type, value) && Ask(list, type, value));

        // Marks must not show in what explanations say.
        Assert.Equal(entries.Split('|').Single(entry => entry.StartsWith($"{found} ", StringComparison.Ordinal)), list.Match(value) is { } match ? $"{match.Entry} {match.Line}" : null);
        Assert.Equal(entries, string.Join('|', list.Entries.Select(entry => $"{entry.Text} {entry.Line}")));
        Assert.Equal([found], list.TakeFound());
        Assert.Empty(list.TakeFound());
        Assert.True(Ask(list, type, value));
        Assert.Equal([found], list.TakeFound());
    }

    [Fact]
    public void Found_ByAWideNetworkOfTheOtherFamily_IsThatNetwork()
    {
        var list = Load("cidr", "::ffff:0:0/96\n198.51.100.0/24\n");

        Assert.True(list.Contains(IPAddress.Parse("192.0.2.1")));

        Assert.Equal(1, Assert.Single(list.Entries, entry => list.TakeFound().Contains(entry.Text)).Line);
    }

    [Fact]
    public void Lookup_WhoseEntryIsMarked_AllocatesNothing()
    {
        var list = Load("domain", "a.example\n.b.example\n");
        list.Contains("a.example");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            list.Contains("a.example");
            list.Contains("x.b.example");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool Ask(MailList list, string type, string value) => type switch
    {
        "cidr" => list.Contains(IPAddress.Parse(value)),
        "number" => list.Contains(double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)),
        _ => list.Contains(value),
    };

    private static MailList Load(string type, string text)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(new SourceText("policies/p.yaml", $"policy: p\nlists: {{ a: {{ type: {type}, file: a.txt }} }}\n"), new ListFiles { ["a.txt"] = text }, diagnostics);
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics.All.Select(diagnostic => diagnostic.Message)));
        return Assert.Single(document!.Lists).Content is FileList file ? file.Current.Content : throw new InvalidOperationException("A list of a file was expected.");
    }
}
