using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Tests.Schemas;

/// <summary>YAML as an editor sees it: plain scalars are null, truth values and numbers by YAML's core schema.</summary>
internal static partial class YamlJson
{
    public static string Of(string yaml)
    {
        var diagnostics = new DiagnosticBag();
        var node = YamlReader.Read(new SourceText("x.yaml", yaml), diagnostics);
        Assert.Equal(string.Empty, DiagnosticRenderer.Render(diagnostics.All));
        return Of(node!)!.ToJsonString();
    }

    private static JsonNode? Of(YamlNode node) => node switch
    {
        YamlMapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key.Value, Of(entry.Value)))),
        YamlSequence sequence => new JsonArray([.. sequence.Items.Select(Of)]),
        YamlScalar { Style: YamlStyle.Plain } scalar => OfPlain(scalar.Value),
        YamlScalar scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private static JsonValue? OfPlain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when Integer().IsMatch(text) => JsonValue.Create(long.Parse(text, CultureInfo.InvariantCulture)),
        _ when Real().IsMatch(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(text),
    };

    [GeneratedRegex("^[-+]?[0-9]+$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Real();
}
