using Pmilter.Policies.Compilation;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Compilation;

/// <summary>Names of header fields are counted for whoever asks how many there are, and for nobody else.</summary>
public sealed class CountedHeadersTests
{
    [Theory]
    [InlineData("{ id: r, phase: eoh, when: \"has_header('X-A')\", then: [ score: 1 ] }", true)]
    [InlineData("{ id: r, phase: eom, when: \"header_count_of('X-A') > 1\", then: [ score: 1 ] }", true)]
    [InlineData("{ id: r, phase: mail, when: \"authenticated\", then: [ delete_header: X-A ] }", true)]
    [InlineData("{ id: r, phase: eom, when: \"authenticated\", then: [ delete_header: 'X-A-*' ] }", true)]
    [InlineData("{ id: r, phase: eom, when: \"authenticated\", then: [ subject_prefix: '[A] ' ] }", true)]
    [InlineData("{ id: r, phase: mail, when: \"authenticated\", then: [ ruby: a.rb ] }", true)]
    [InlineData("{ id: r, phase: eom, when: \"authenticated\", then: [ add_header: 'X-A: b' ] }", false)]
    [InlineData("{ id: r, phase: eom, when: \"subject = 'a' and header('X-A') = 'b' and header_count > 3\", then: [ score: 1 ] }", false)]
    public void Compile_Rule_CountsNamesWhereItAsks(string rule, bool counts) =>
        Assert.Equal(counts, Compiled.Compile(new CompilerOptions { Now = Scenario.Start }, $"policy: p\nrules:\n  - {rule}\n").WantedHeaders.CountsNames);

    [Fact]
    public void Headers_NobodyAsksFor_StillCountTogether()
    {
        var client = new Scenario("policy: p\nrules:\n  - { id: r, phase: eom, when: \"header_count = 3 and subject = 'b' and size > 30\", then: [ reject ] }\n").Connect();
        client.Mail();
        client.Header("X-A", "a");
        client.Header(" SUBJECT ", "b");
        client.Header(new string('x', 100), "c");

        Assert.Equal("reject", client.Eom().Outcome);
    }
}
