using System.Reflection;
using System.Text.Json;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Xunit;

namespace Pmilter.Policies.Tests.Text;

public sealed class DiagnosticRendererTests
{
    private static readonly SourceText Source = new("policies/a:b,c.yaml", "a: 1\n\t当: x \u001b[0m\u202e y\n");

    [Fact]
    public void Render_TabsWideAndControlCharacters_CaretStaysAligned()
    {
        var text = DiagnosticRenderer.Render([At("x", "PM104", "found \u001b", "did you mean 'y'?"), At("y", "PM105", "z", null)]);

        Assert.Equal(
            "policies/a:b,c.yaml:2:5: error PM104: found ␛\n"
            + "    2 |     当: x ␛[0m\ufffd y\n"
            + "      |         ^ did you mean 'y'?\n"
            + "policies/a:b,c.yaml:2:13: error PM105: z\n"
            + "      |                 ^\n",
            text);
    }

    [Fact]
    public void Render_GitHub_EscapesProperties() =>
        Assert.Equal(
            "::error file=policies/a%3Ab%2Cc.yaml,line=2,col=5,title=PM104::50%25: mend\n",
            DiagnosticRenderer.Render([At("x", "PM104", "50%", "mend")], DiagnosticFormat.GitHub));

    [Fact]
    public void Render_Json_CanBeReadBack()
    {
        using var json = JsonDocument.Parse(DiagnosticRenderer.Render([At("x", "PM104", "m\u001b\"", null)], DiagnosticFormat.Json));

        var found = json.RootElement[0];
        Assert.Equal(("PM104", "error", 2, 5, 6, "m\u001b\""), (found.GetProperty("id").GetString(), found.GetProperty("severity").GetString(), found.GetProperty("line").GetInt32(), found.GetProperty("column").GetInt32(), found.GetProperty("endColumn").GetInt32(), found.GetProperty("message").GetString()));
    }

    [Fact]
    public void Render_Sarif_HasRuleAndRegion()
    {
        using var json = JsonDocument.Parse(DiagnosticRenderer.Render([At("x", "PM104", "m", "h")], DiagnosticFormat.Sarif));

        var result = json.RootElement.GetProperty("runs")[0].GetProperty("results")[0];
        Assert.Equal("PM104", result.GetProperty("ruleId").GetString());
        Assert.Equal(2, result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public void Render_LongLine_ShowsTheCaretsNeighbourhood()
    {
        var source = new SourceText("x", new string('a', 5000) + "!" + new string('b', 5000));

        var lines = DiagnosticRenderer.Render([new Diagnostic("PM1", DiagnosticSeverity.Error, new SourceSpan(source, 5000, 1), "m")]).Split('\n');

        Assert.Equal(208, lines[1].Length);
        Assert.Equal('!', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData(4, 3, "4 errors, 3 warnings.")]
    [InlineData(1, 0, "1 error.")]
    [InlineData(0, 1, "1 warning.")]
    [InlineData(0, 0, "No problems found.")]
    public void Summary_Counts_ReadsAsASentence(int errors, int warnings, string expected)
    {
        var all = Enumerable.Range(0, errors + warnings).Select(i => At("x", $"PM{i}", "m", null) with { Severity = i < errors ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning });

        Assert.Equal(expected, DiagnosticRenderer.Summary(all));
    }

    [Fact]
    public void Ids_OfThisAssemblysFrontEnd_BelongToOneClassEach()
    {
        var (front, owners) = (typeof(YamlReader).Assembly, new Dictionary<string, string>(StringComparer.Ordinal));
        var families = front.GetTypes().Where(type => type.Name.EndsWith("Diagnostics", StringComparison.Ordinal) && type.Namespace is "Pmilter.Policies.Syntax" or "Pmilter.Policies.Lists").ToArray();
        Assert.Equal(4, families.Length);
        foreach (var method in families.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static)))
        {
            var arguments = method.GetParameters().Select(Argument).ToArray();
            var diagnostic = (Diagnostic)method.Invoke(null, arguments)!;
            Assert.Matches("^PM1[1-9][0-9]$", diagnostic.Id);
            Assert.Equal(method.DeclaringType!.Name, owners.GetValueOrDefault(diagnostic.Id, method.DeclaringType.Name));
            owners[diagnostic.Id] = method.DeclaringType.Name;
        }
    }

    private static object? Argument(ParameterInfo parameter) => Type.GetTypeCode(parameter.ParameterType) switch
    {
        TypeCode.String => "x",
        TypeCode.Int32 => 1,
        TypeCode.Double => 1.0,
        TypeCode.Char => 'x',
        TypeCode.Boolean => true,
        _ => new SourceSpan(Source, 0, 1),
    };

    private static Diagnostic At(string found, string id, string message, string? hint) =>
        new(id, DiagnosticSeverity.Error, new SourceSpan(Source, Source.Text.IndexOf(found, StringComparison.Ordinal), 1), message, hint);
}
