using System.Text.Json;
using Pmilter.TestKit.Geo;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Commands;

public sealed class CommandTests
{
    private const string Good = "policy: good\nrules:\n  - id: no_mail\n    phase: mail\n    when: \"mail_from = 'a@spam.example'\"\n    then: [ reject: '5.7.1 No {mail_from}' ]\n";
    private const string Bad = "policy: bad\nrules:\n  - id: no_mail\n    phase: mail\n    when: \"mail_form = 'a@spam.example'\"\n    then: [ reject ]\n";

    [Fact]
    public async Task NoVerb_ShowsANewcomerTheWay()
    {
        var run = await CommandRun.OfAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("pmilter check", run.Output, StringComparison.Ordinal);
        Assert.Contains("smtpd_milters=inet:127.0.0.1:8895", run.Output, StringComparison.Ordinal);
        Assert.All(["init", "test", "run", "explain", "simulate"], verb => Assert.Contains($" pmilter {verb}", run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain(" \n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("run", "--bogus")]
    [InlineData("check", "--format", "xml")]
    [InlineData("send")]
    public async Task WrongUsage_EndsWithTwo_AndPrintsNoResult(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("rules")]
    [InlineData("fields")]
    [InlineData("schema")]
    [InlineData("docs")]
    [InlineData("completion")]
    [InlineData("geoip")]
    [InlineData("send")]
    [InlineData("version")]
    [InlineData("counters")]
    [InlineData("bans")]
    [InlineData("greylist")]
    [InlineData("import")]
    public async Task Help_OfAVerb_GivesAnExample(string verb)
    {
        var run = await CommandRun.OfAsync(verb, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"\nExample: pmilter {verb}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_OfAll_ListsVerbsWithoutTheirExamples()
    {
        var run = await CommandRun.OfAsync("--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Runs the tests of the policies", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Example:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_SaysTheNumber() => Assert.StartsWith("pmilter 0.1.0 (", (await CommandRun.OfAsync("version")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Check_OfGoodPolicies_EndsWithZero()
    {
        using var site = new SiteFolder("", ("10.yaml", Good));

        var run = await CommandRun.OfAsync("check", "-c", site.Configuration);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("1 policy, 1 rule, revision", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfMistakesInBoth_ShowsAllAtOnceAndEndsWithOne()
    {
        using var site = new SiteFolder("server: { drian: 30s }\n", ("10.yaml", Bad));

        var run = await CommandRun.OfAsync("check", "-c", site.Configuration);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("drain", run.Output, StringComparison.Ordinal);
        Assert.Contains("did you mean 'mail_from'?", run.Output, StringComparison.Ordinal);
        Assert.Contains("10.yaml:5:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing would be loaded", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json", "[\n")]
    [InlineData("github", "::error file=")]
    [InlineData("sarif", "{\n")]
    public async Task Check_InAFormat_PrintsIt(string format, string start)
    {
        using var site = new SiteFolder("", ("10.yaml", Bad));

        Assert.StartsWith(start, (await CommandRun.OfAsync("check", "-c", site.Configuration, "--format", format)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutAConfiguration_EndsWithTwo()
    {
        var run = await CommandRun.OfAsync("check", "-c", "/no/such/pmilter.yaml");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("There is no configuration /no/such/pmilter.yaml", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfBadPolicies_StartsNotAndEndsWithTwo()
    {
        using var site = new SiteFolder("", ("10.yaml", Bad));

        var run = await CommandRun.OfAsync("run", "-c", site.Configuration, "--listen", "inet:127.0.0.1:0");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("did you mean 'mail_from'?", run.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was started", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CountryDataMissingAndNeeded_NamesTheFile()
    {
        using var site = new SiteFolder("", ("10.yaml", Good.Replace("mail_from = 'a@spam.example'", "client_country = 'RU'", StringComparison.Ordinal)));

        var run = await CommandRun.OfAsync("run", "-c", site.Configuration, "--listen", "inet:127.0.0.1:0");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("geoip/country.mmdb", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_AreListedInOrder()
    {
        using var site = new SiteFolder("", ("10.yaml", Good));

        var run = await CommandRun.OfAsync("rules", "-c", site.Configuration);

        Assert.Matches(@"PHASE +POLICY +RULE +MODE +VERDICT +LIMIT +WHERE\nmail +good +no_mail +enforce +reject +- +.*10\.yaml:\d+\n", run.Output);
    }

    [Fact]
    public async Task Fields_NameTheWholeVocabulary()
    {
        var run = await CommandRun.OfAsync("fields");

        Assert.Contains("client_country", run.Output, StringComparison.Ordinal);
        Assert.Contains("in_list(x, 'list')", run.Output, StringComparison.Ordinal);
        Assert.Contains("tempfail: '4.7.1 text'", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Geoip_SaysWhatPoliciesSee()
    {
        using var site = new SiteFolder();
        Directory.CreateDirectory(Path.Combine(site.Root, "geoip"));
        await File.WriteAllBytesAsync(Path.Combine(site.Root, "geoip", "country.mmdb"), DocumentationGeo.Nested());

        var run = await CommandRun.OfAsync("geoip", "-c", site.Configuration, "203.0.113.9", "2001:db8::1", "10.0.0.1");

        Assert.Equal(
            """
            ADDRESS      COUNTRY  CONTINENT  ASN  ORGANISATION
            203.0.113.9  RU       EU         -    -
            2001:db8::1  DE       EU         -    -
            10.0.0.1     ZZ       -          -    -

            """,
            run.Output);
    }

    [Fact]
    public async Task Geoip_AsJson_HasEachAddress()
    {
        using var site = new SiteFolder();
        Directory.CreateDirectory(Path.Combine(site.Root, "geoip"));
        await File.WriteAllBytesAsync(Path.Combine(site.Root, "geoip", "country.mmdb"), DocumentationGeo.Nested());

        var run = await CommandRun.OfAsync("geoip", "-c", site.Configuration, "203.0.113.9", "10.0.0.1", "--format", "json");

        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(["203.0.113.9 RU EU 0", "10.0.0.1 ZZ  0"], json.RootElement.EnumerateArray().Select(place => $"{place.GetProperty("address")} {place.GetProperty("country")} {place.GetProperty("continent")} {place.GetProperty("asn")}"));
    }

    [Fact]
    public async Task Geoip_OfNoAddress_EndsWithTwo()
    {
        using var site = new SiteFolder("geoip: { country: '' }\n");

        Assert.Equal(2, (await CommandRun.OfAsync("geoip", "-c", site.Configuration, "1.2.3")).ExitCode);
    }

    [Fact]
    public async Task Send_ToAServer_PrintsEachReply()
    {
        await using var rig = await ServerRig.StartAsync();

        var run = await CommandRun.OfAsync("send", rig.Address.ToString(), "--client", "203.0.113.9", "--to", "bob@example.jp", "--header", "Subject: x");

        Assert.Equal(
            """
            connect    -  (203.0.113.9)
            helo       -  (client.example)
            mail       -  (<sender@example.org>)
            rcpt       -  (<bob@example.jp>)
            data       -
            header     -
            eoh        -
            body       -
            eom        continue

            """,
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Send_ToNobody_EndsWithThree()
    {
        var run = await CommandRun.OfAsync("send", "unix:/no/such/socket");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("nobody answers on unix:/no/such/socket", run.Error, StringComparison.Ordinal);
    }
}
