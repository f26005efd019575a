using System.Text.Json;
using Pmilter.Library;

namespace Pmilter.Tests.Commands;

/// <summary><c>pmilter init</c>: the library into a folder.</summary>
public sealed class InitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pmilter-init-").FullName;

    public static TheoryData<string> Names => [.. PolicyLibrary.All.Select(policy => policy.Name), "all"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Init_OfOnePolicy_ChecksPassesItsTestsAndOnlyWatches(string name)
    {
        var run = await InitAsync(name);

        Assert.True(run.ExitCode == 0, run.Error);
        var check = await OnSiteAsync("check");
        Assert.Equal((0, string.Empty), (check.ExitCode, check.Output));
        var test = await OnSiteAsync("test", "--min-coverage", "100");
        Assert.True(test.ExitCode == 0, test.Output + test.Error);
        var rules = JsonDocument.Parse((await OnSiteAsync("rules", "--format", "json")).Output).RootElement;
        Assert.All(rules.EnumerateArray(), rule => Assert.NotEqual("enforce", rule.GetProperty("mode").GetString()));
    }

    [Fact]
    public void Library_HasTheTenPoliciesWithTestsAndLists()
    {
        Assert.Equal(10, PolicyLibrary.All.Count);
        Assert.All(PolicyLibrary.All, policy =>
        {
            Assert.NotEmpty(policy.Description);
            Assert.NotEmpty(PolicyLibrary.Text($"tests/{policy.File}"));
            Assert.All(policy.Lists, list => Assert.NotEmpty(PolicyLibrary.Text(list)));
        });
    }

    [Fact]
    public async Task Init_WritesWhatIsNamedAndNothingElse()
    {
        var run = await InitAsync("own-domain", "20-country-block");

        string[] expected =
        [
            "pmilter.yaml", "policies/20-country-block.yaml", "policies/70-own-domain.yaml",
            "policies/lists/blocked-countries.txt", "policies/lists/country-exceptions.txt", "policies/lists/forwarders.txt", "policies/lists/own-domains.txt", "policies/lists/partners.txt",
            "policies/tests/20-country-block.yaml", "policies/tests/70-own-domain.yaml",
            "schema/policy.schema.json", "schema/server.schema.json", "schema/test.schema.json",
        ];
        Assert.Equal(expected, Files());
        Assert.Equal(expected.Length, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("country.mmdb is missing", run.Error, StringComparison.Ordinal);
        Assert.Contains("own-domains.txt", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_FirstLines_NameSchemasThatAreThere()
    {
        await InitAsync("all");

        Assert.All(Files().Where(file => file.EndsWith(".yaml", StringComparison.Ordinal)), file =>
        {
            var path = Path.Combine(_folder, file);
            var schema = File.ReadLines(path).First().Split("$schema=")[1];
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(path)!, schema)), $"{file}: {schema}");
        });
    }

    [Fact]
    public async Task Init_OfWhatIsThere_WritesNothingUnlessForced()
    {
        await InitAsync("greylist");
        Write("policies/30-greylist.yaml", "policy: greylist\n");
        Write("policies/lists/partners.txt", "192.0.2.0/24\n");

        var refused = await InitAsync("greylist", "own_domain");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("30-greylist.yaml", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("policies/70-own-domain.yaml", Files());
        Assert.Equal("policy: greylist\n", Read("policies/30-greylist.yaml"));
        Assert.Equal(0, (await InitAsync("greylist", "own_domain", "--force")).ExitCode);
        Assert.NotEqual("policy: greylist\n", Read("policies/30-greylist.yaml"));
        Assert.Equal("192.0.2.0/24\n", Read("policies/lists/partners.txt"));
    }

    [Fact]
    public async Task Init_OfASecondPolicy_LeavesTheListsOfTheFirst()
    {
        await InitAsync("greylist");
        Write("policies/lists/partners.txt", "192.0.2.0/24\n");

        var run = await InitAsync("country_block");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("192.0.2.0/24\n", Read("policies/lists/partners.txt"));
        Assert.Contains("Left as it was: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_WhereAnotherFileHoldsThePolicy_WritesNothing()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "policies"));
        Write("policies/mine.yaml", "policy: greylist\n");

        var run = await InitAsync("greylist", "--force");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("mine.yaml is a policy 'greylist' already", run.Error, StringComparison.Ordinal);
        Assert.Equal(["policies/mine.yaml"], Files());
    }

    [Theory]
    [InlineData("policies: { dir: rules }\n", "policies: { dir: rules, mode: { greylist: monitor } }\n")]
    [InlineData("log: { level: info } # mine\n", "log: { level: info } # mine\n\npolicies:\n  mode: { greylist: monitor }\n")]
    [InlineData("# nothing yet\n", "# nothing yet\n\npolicies:\n  mode: { greylist: monitor }\n")]
    [InlineData("policies:\n  dir: rules # here\n\nlog:\n  level: info\n", "policies:\n  dir: rules # here\n  mode: { greylist: monitor }\n\nlog:\n  level: info\n")]
    [InlineData("policies:\n  mode: { own: monitor }\n", "policies:\n  mode: { own: monitor, greylist: monitor }\n")]
    [InlineData("policies:\n  mode: {}\n", "policies:\n  mode: { greylist: monitor }\n")]
    [InlineData("policies:\n  mode: { greylist: enforce, default: monitor }\n", "policies:\n  mode: { greylist: monitor, default: monitor }\n")]
    [InlineData("policies:\n  mode:\n    own: monitor # so\n    # the rest\n    default: enforce\n", "policies:\n  mode:\n    own: monitor # so\n    greylist: monitor\n    # the rest\n    default: enforce\n")]
    [InlineData("policies: { mode: { default: monitor } }\n", "policies: { mode: { default: monitor } }\n")]
    [InlineData("policies: { mode: { default: off } }\n", "policies: { mode: { default: off } }\n")]
    public async Task Init_IntoASite_TellsItToWatchAndLeavesTheRest(string before, string after)
    {
        Write("pmilter.yaml", before);

        var run = await InitAsync("greylist");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(after, Read("pmilter.yaml"));
        Assert.True(File.Exists(Path.Combine(_folder, before.Contains("rules", StringComparison.Ordinal) ? "rules" : "policies", "30-greylist.yaml")));
    }

    [Fact]
    public async Task Init_IntoASiteWithMistakes_WritesNothing()
    {
        Write("pmilter.yaml", "polices: {}\n");

        Assert.Equal(2, (await InitAsync("greylist")).ExitCode);
        Assert.Equal(["pmilter.yaml"], Files());
    }

    [Fact]
    public async Task Init_OfAnUnknownName_SuggestsOne()
    {
        var run = await InitAsync("graylist");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("The library has no policy 'graylist'; did you mean 'greylist'?", run.Error, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Init_WithoutAName_ListsTheLibrary()
    {
        var text = await CommandRun.OfAsync("init");
        var json = JsonDocument.Parse((await CommandRun.OfAsync("init", "--format", "json")).Output).RootElement;

        Assert.Contains("greylist           30-greylist.yaml           Delay unknown clients once;", text.Output, StringComparison.Ordinal);
        Assert.Equal("lists/partners.txt", json[3].GetProperty("lists")[0].GetString());
    }

    private Task<CommandRun> InitAsync(params string[] arguments) => CommandRun.OfAsync(["init", .. arguments, "--dir", _folder]);

    private Task<CommandRun> OnSiteAsync(params string[] arguments) => CommandRun.OfAsync([arguments[0], "-c", Path.Combine(_folder, "pmilter.yaml"), .. arguments[1..]]);

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder, file));

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    private string[] Files() => [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder, path)).Order(StringComparer.Ordinal)];
}
