using Pmilter.Configuration;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Documentation;

public sealed class ManualTests
{
    [Theory]
    [InlineData("pmilter", ".TH PMILTER 1 ", ".SS pmilter counters top", "\\-\\-timeout")]
    [InlineData("pmilter.yaml", ".TH PMILTER.YAML 5 ", ".SS Keys of server", "max_connections")]
    [InlineData("pmilter-policies", ".TH PMILTER-POLICIES 5 ", ".SS Keys of a rule", "greylist")]
    public async Task Page_OfAName_HasItsParts(string name, params string[] expected)
    {
        var run = await CommandRun.OfAsync("docs", "--man", name);

        Assert.Equal(0, run.ExitCode);
        Assert.All(expected, part => Assert.Contains(part, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pages_TheTables_AreThereWhole()
    {
        var configuration = (await CommandRun.OfAsync("docs", "--man", "pmilter.yaml")).Output;
        var policies = (await CommandRun.OfAsync("docs", "--man", "pmilter-policies")).Output;

        Assert.All(ServerKeys.Server.Names, key => Assert.Contains($".B {key}\n", configuration.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        Assert.All(FieldCatalog.All, field => Assert.Contains($".B {field.Name}\n", policies.ReplaceLineEndings("\n"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_OfAnotherName_EndsWithTwo() => Assert.Equal(2, (await CommandRun.OfAsync("docs", "--man", "postfix")).ExitCode);
}
