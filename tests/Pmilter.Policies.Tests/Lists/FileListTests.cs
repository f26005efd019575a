using System.Text;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Lists;

/// <summary>Lists of files: exchanged alone, kept where the file is not good, and what is said of them.</summary>
public sealed class FileListTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ListFiles _files = new() { ["a.txt"] = "a.example\nb.example\nc.example\n" };

    [Fact]
    public void Refresh_FileChanged_AnswersAreTheNewerOnes()
    {
        var list = Load("type: domain, file: a.txt");

        _files["a.txt"] = "a.example\n.d.example why=the move\n";
        var refresh = list.Refresh(_files, new ListReading { Now = Now, KeepsReasons = true });

        Assert.True(refresh.IsReplaced);
        Assert.Equal(3, refresh.Before.Content.Count);
        Assert.True(list.Contains("x.d.example"));
        Assert.False(list.Contains("b.example"));
        var match = list.Match("x.d.example")!.Value;
        Assert.Equal((".d.example", "a.txt:2", "the move"), (match.Entry, match.Place, match.Why));
    }

    [Theory]
    [InlineData("min_items: 2", "x.example\n", "PM186")]
    [InlineData("max_shrink: 30%", "x.example\n", "PM187")]
    [InlineData("min_items: 1", "x.example\nnot a domain\n", "PM183")]
    [InlineData("min_items: 1", null, "PM182")]
    public void Refresh_FileNotGood_KeepsWhatWas(string guard, string? written, string id)
    {
        var list = Load($"type: domain, file: a.txt, {guard}");
        Write(written);

        var refresh = list.Refresh(_files, new ListReading { Now = Now });

        Assert.Equal(id, Assert.Single(refresh.Problems).Id);
        Assert.True(list.Contains("b.example"));
        Assert.False(list.Contains("x.example"));
    }

    [Theory]
    [InlineData("key,b\nx,1\n", "its columns are b and were a")]
    [InlineData("key,a\nx,much\n", "not every value of the column a is a number any more")]
    public void Refresh_MapOfOtherColumns_WaitsForAReload(string written, string reason)
    {
        _files["a.txt"] = "key,a\nx,1\n";
        var list = Load("type: map, file: a.txt");

        _files["a.txt"] = written;
        var problem = Assert.Single(list.Refresh(_files, new ListReading { Now = Now }).Problems);

        Assert.Equal("PM196", problem.Id);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
        Assert.Equal("1", list.Find("x", 0));
    }

    [Fact]
    public void Compile_FileUnchanged_IsNotReadAgainUntilALineExpires()
    {
        _files["a.txt"] = "a.example until=2026-03-01\nb.example\n";
        var first = Load("type: domain, file: a.txt").Current;
        var opened = _files.Opened;

        var same = Load("type: domain, file: a.txt", new ListReading { Now = Now, InForce = (_, _) => first });
        Assert.Same(first, same.Current);
        Assert.Equal(opened, _files.Opened);

        var later = Load("type: domain, file: a.txt", new ListReading { Now = Now.AddDays(1), InForce = (_, _) => first });
        Assert.False(later.Contains("a.example"));
        Assert.True(later.Contains("b.example"));
    }

    [Theory]
    [InlineData("min_items: 2", "x.example\n")]
    [InlineData("max_shrink: 30%", "x.example\n")]
    [InlineData("min_items: 2", null)]
    public void Compile_FileNotGoodAtTheStart_GoesOnWithTheCopy(string guard, string? written)
    {
        Write(written);
        var kept = new List<KeptList>();
        var old = Encoding.UTF8.GetBytes("a.example\nb.example\n");
        var copy = new ListCopy(2, new ListFile("a.txt", default, () => new MemoryStream(old)));

        var list = Load($"type: domain, file: a.txt, {guard}", new ListReading { Now = Now, Copy = (_, _) => copy, Kept = kept.Add });

        Assert.True(list.Contains("b.example"));
        Assert.True(Assert.Single(kept).IsFromCopy);
        Assert.Single(kept[0].Problems);
    }

    [Fact]
    public void Compile_FileNotGoodAndNoCopy_IsAnError()
    {
        _files["a.txt"] = "x.example\n";
        var diagnostics = new DiagnosticBag();

        Assert.Null(Compile("type: domain, file: a.txt, min_items: 2", "in_list(helo, 'a')", string.Empty, new ListReading { Now = Now }, diagnostics));
        Assert.Contains(diagnostics.All, found => found.Id == "PM186");
    }

    [Fact]
    public void Read_LinesOfAnyLength_KeepTheirNumbers()
    {
        var text = new StringBuilder("\uFEFF# a comment\r\n");
        for (var i = 0; i < 400; i++)
        {
            text.Append(new string('x', i * 3)).Append(i).Append(".example\r\n");
        }

        text.Append("last.example");
        _files["a.txt"] = text.Append(' ', 300_000).ToString();
        var list = Load("type: domain, file: a.txt");

        Assert.Equal(401, list.Count);
        Assert.Equal("a.txt:402", list.Match("last.example")!.Value.Place);
        Assert.Equal("a.txt:201", list.Match($"{new string('x', 199 * 3)}199.example")!.Value.Place);
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8_NamesTheFirst()
    {
        _files.Write("a.txt", [.. "good\nna"u8, 0xEF, .. "ve\n"u8, 0xFF]);
        var diagnostics = new DiagnosticBag();

        Compile("type: text, file: a.txt", "in_list(helo, 'a')", string.Empty, new ListReading { Now = Now }, diagnostics);

        var found = Assert.Single(diagnostics.All, diagnostic => diagnostic.Id == "PM150");
        Assert.Equal("a.txt:2:3", found.Span.ToString());
        Assert.Contains("    2 | na", DiagnosticRenderer.Render(diagnostics.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cidr", "10.0.0.0/8\n0.0.0.0/0\n::/3\n", "client_ip", "PM197:2")]
    [InlineData("domain", ".example.jp\n.com\n.co.jp\n.ck\n.x.ck\n.www.ck\n", "helo", "PM198:2")]
    [InlineData("domain", "Gmail.com\n", "helo", "PM199:1")]
    [InlineData("address", "a@gmail.com\n@example.jp\n@yahoo.co.jp\n", "mail_from", "PM199:3")]
    public void Compile_BroadExceptions_WarnsOncePerListAndKind(string type, string file, string field, string expected)
    {
        _files["a.txt"] = file;
        var exception = new DiagnosticBag();
        var condition = new DiagnosticBag();

        Compile($"type: {type}, file: a.txt", "true", $"in_list({field}, 'a')", new ListReading { Now = Now }, exception);
        Compile($"type: {type}, file: a.txt", $"in_list({field}, 'a')", "false", new ListReading { Now = Now }, condition);

        Assert.Equal([expected], exception.All.Where(IsBroad).Select(found => $"{found.Id}:{found.Span.Line}"));
        Assert.DoesNotContain(condition.All, IsBroad);
    }

    private static bool IsBroad(Diagnostic diagnostic) => diagnostic.Id is "PM197" or "PM198" or "PM199";

    private void Write(string? text)
    {
        if (text is null)
        {
            _files.Remove("a.txt");
        }
        else
        {
            _files["a.txt"] = text;
        }
    }

    private FileList Load(string definition, ListReading? reading = null)
    {
        var diagnostics = new DiagnosticBag();
        var set = Compile(definition, "true", string.Empty, reading ?? new ListReading { Now = Now }, diagnostics);
        Assert.True(set is not null, DiagnosticRenderer.Render(diagnostics.All));
        return Assert.Single(set.Lists);
    }

    private PolicySet? Compile(string definition, string when, string unless, ListReading reading, DiagnosticBag diagnostics)
    {
        var exception = unless.Length > 0 ? $", unless: \"{unless}\"" : string.Empty;
        var policy = $"policy: p\nlists:\n  a: {{ {definition} }}\nrules:\n  - {{ id: r, phase: mail, when: \"{when}\"{exception}, then: [ tag: x ] }}\n";
        return PolicyCompiler.Compile([new SourceText("p.yaml", policy)], _files, new CompilerOptions { Now = Now, Lists = reading }, diagnostics);
    }
}
