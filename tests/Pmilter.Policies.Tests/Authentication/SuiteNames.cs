using Pmilter.Policies.Facts;
using YamlDotNet.RepresentationModel;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>The DNS of one scenario of the suite: records of type SPF are TXT too, unless the name has TXT of its own.</summary>
internal sealed class SuiteNames : INameService
{
    private readonly Dictionary<string, List<(string Type, string Value)>> _zone = new(StringComparer.OrdinalIgnoreCase);

    public SuiteNames(YamlMappingNode zone)
    {
        foreach (var (name, records) in zone.Children)
        {
            _zone[((YamlScalarNode)name).Value!] = [.. ((YamlSequenceNode)records).Children.Select(Record)];
        }
    }

    public ValueTask<NameAnswer> AskAsync(NameQuestion question, CancellationToken cancellationToken) => new(Answer(question.Name, question.Kind.ToString().ToUpperInvariant()));

    public CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken) => new();

    public void Doubt(string zone, string what) => throw new NotSupportedException();

    public void Trust(string zone) => throw new NotSupportedException();

    private NameAnswer Answer(string name, string type)
    {
        if (!_zone.TryGetValue(name, out var records))
        {
            return NameAnswer.NotFound;
        }

        if (records.Find(record => record.Type == "CNAME") is { Value: { } alias })
        {
            return Answer(alias, type);
        }

        var isOwn = type != "TXT" || records.Exists(record => record.Type == "TXT");
        string[] found = [.. records.Where(record => record.Type == (isOwn ? type : "SPF") && record.Value != "NONE").Select(record => record.Value)];
        return found.Length == 0 && records.Exists(record => record.Type == "TIMEOUT") ? NameAnswer.Failed("no answer in time") : NameAnswer.Found(found);
    }

    private static (string Type, string Value) Record(YamlNode node)
    {
        if (node is YamlScalarNode word)
        {
            return (word.Value!, string.Empty);
        }

        var (type, value) = ((YamlMappingNode)node).Children.Single();
        return (((YamlScalarNode)type).Value!, value switch
        {
            YamlSequenceNode { Children: [_, YamlScalarNode exchange] } when ((YamlScalarNode)type).Value == "MX" => exchange.Value!,
            YamlSequenceNode strings => string.Concat(strings.Children.Select(text => ((YamlScalarNode)text).Value)),
            _ => ((YamlScalarNode)value).Value!,
        });
    }
}
