using System.Net;
using Pmilter.Policies.Authentication.Spf;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>
/// The openspf.org test suite for RFC 7208 (release 2014.04), unchanged beside its licence. Its explanations are not compared: Pmilter asks
/// for none; <c>skip</c>, which the copy's packager added, is not heeded.
/// </summary>
public sealed class SpfSuiteTests
{
    private static readonly Dictionary<string, (YamlMappingNode Case, YamlMappingNode Zone)> Cases = Load();

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Case_OfTheSuite_HasItsResult(string name)
    {
        var (test, zone) = Cases[name];
        var identity = SpfIdentity.Of(IPAddress.Parse(Text(test, "host")), Text(test, "mailfrom"), Text(test, "helo"));

        var outcome = await SpfCheck.RunAsync(new SuiteNames(zone), identity, CancellationToken.None);

        var expected = test.Children["result"] is YamlSequenceNode several ? several.Children.Select(node => ((YamlScalarNode)node).Value).ToArray() : [Text(test, "result")];
        Assert.True(expected.Contains(outcome.Text), $"{outcome} is none of {string.Join(", ", expected)}");
    }

    [Fact]
    public void Suite_IsWhole() => Assert.Equal(203, Cases.Count);

    private static string Text(YamlMappingNode test, string key) => ((YamlScalarNode)test.Children[key]).Value ?? string.Empty;

    private static Dictionary<string, (YamlMappingNode Case, YamlMappingNode Zone)> Load()
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(Path.Combine(AppContext.BaseDirectory, "Authentication", "Suite", "rfc7208-tests.yml"));
        stream.Load(reader);
        return stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()
            .SelectMany(scenario => ((YamlMappingNode)scenario.Children["tests"]).Children.Select(test => (
                Name: $"{Text(scenario, "description")}: {test.Key}", Case: (YamlMappingNode)test.Value, Zone: (YamlMappingNode)scenario.Children["zonedata"])))
            .ToDictionary(found => found.Name, found => (found.Case, found.Zone));
    }
}
