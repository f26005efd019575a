using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pmilter.Configuration;
using Pmilter.Policies.Binding.Steps;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;
using Pmilter.Rehearsal.Tests;
using Pmilter.Schemas;
using Pmilter.TestKit.Scenarios;
using Pmilter.Tests.Architecture;

namespace Pmilter.Tests.Schemas;

/// <summary>One vocabulary: what the readers take is what the schema offers, and a default that is shown is the default that is taken.</summary>
public sealed partial class VocabularyTests
{
    private const string Rule = "policy: p\nrules:\n  - id: r\n    phase: mail\n    then: [ reject ]\n    ";

    /// <summary>A file with one key that nobody knows, and the place of its mapping in the schema.</summary>
    public static TheoryData<string, string, string> Places => new()
    {
        { "policy", "zz: 1\n", "" },
        { "policy", "policy: p\nlists: { l: { zz: 1 } }\n", "properties/lists/patternProperties/^[a-z][a-z0-9_]*$" },
        { "policy", "policy: p\ncounters: { c: { zz: 1 } }\n", "properties/counters/patternProperties/^[a-z][a-z0-9_]*$" },
        { "policy", "policy: p\nbans: { b: { zz: 1 } }\n", "properties/bans/patternProperties/^[a-z][a-z0-9_]*$" },
        { "policy", "policy: p\ngreylists: { g: { zz: 1 } }\n", "properties/greylists/patternProperties/^[a-z][a-z0-9_]*$" },
        { "policy", "policy: p\nmemories: { m: { zz: 1 } }\n", "properties/memories/patternProperties/^[a-z][a-z0-9_]*$" },
        { "policy", "policy: p\nhandlers: { zz: 1 }\n", "properties/handlers" },
        { "policy", Rule + "zz: 1\n", "properties/rules/items" },
        { "policy", Rule + "limit: { zz: 1 }\n", "properties/rules/items/properties/limit" },
        { "policy", Rule + "limit: { hold: { zz: 1 } }\n", "properties/rules/items/properties/limit/properties/hold/anyOf/1" },
        { "policy", Rule + "schedule: { zz: 1 }\n", "properties/rules/items/properties/schedule" },
        { "test", "zz: 1\n", "" },
        { "test", "message: { zz: 1 }\n", "properties/message" },
        { "test", "tests: [ { zz: 1 } ]\n", "properties/tests/items" },
        { "test", "tests: [ { message: { zz: 1 } } ]\n", "properties/tests/items/properties/message" },
        { "test", "tests: [ { send: [ { zz: 1 } ] } ]\n", "properties/tests/items/properties/send/items" },
        { "test", "tests: [ { send: [ { expect: { zz: 1 } } ] } ]\n", "properties/tests/items/properties/send/items/properties/expect" },
        { "test", "tests: [ { send: [ { expect: { recipients: { a@b.example: { zz: 1 } } } } ] } ]\n", "properties/tests/items/properties/send/items/properties/expect/properties/recipients/anyOf/1/additionalProperties/anyOf/1" },
        { "server", "zz: 1\n", "" },
        { "server", "server: { zz: 1 }\n", "properties/server" },
        { "server", "server: { listen: [ { zz: 1 } ] }\n", "properties/server/properties/listen/items/anyOf/1" },
        { "server", "server: { replies: { zz: 1 } }\n", "properties/server/properties/replies" },
        { "server", "policies: { zz: 1 }\n", "properties/policies" },
        { "server", "geoip: { zz: 1 }\n", "properties/geoip" },
        { "server", "state: { zz: 1 }\n", "properties/state" },
        { "server", "content: { zz: 1 }\n", "properties/content" },
        { "server", "log: { zz: 1 }\n", "properties/log" },
        { "server", "ruby: { zz: 1 }\n", "properties/ruby" },
        { "server", "admin: { zz: 1 }\n", "properties/admin" },
        { "server", "protect: { zz: 1 }\n", "properties/protect" },
        { "server", "fuse: { zz: 1 }\n", "properties/fuse" },
        { "server", "auth: { zz: 1 }\n", "properties/auth" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Keys_OfAReader_AreThoseOfTheSchema(string kind, string yaml, string place)
    {
        var diagnostics = new DiagnosticBag();
        Read(kind, yaml, diagnostics);
        var hint = Assert.Single(diagnostics.All, diagnostic => diagnostic.Id == "PM170").Hint!;
        Assert.StartsWith("known are ", hint, StringComparison.Ordinal);

        var node = JsonNode.Parse(SchemaWriter.Write(SchemaKind.All.First(known => known.Word == kind)))!;
        foreach (var step in place.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : node[step]!;
        }

        Assert.Equal(hint["known are ".Length..].Split(", "), node["properties"]!.AsObject().Select(property => property.Key));
        Assert.False(node["additionalProperties"]!.GetValue<bool>());
    }

    /// <summary>A table that a reader uses and that no file's table leads to would be missing in the schema and the reference.</summary>
    [Fact]
    public void Tables_OfAllReaders_AreReachedFromAFile()
    {
        var reached = new HashSet<KeyTable>(ReferenceEqualityComparer.Instance);
        foreach (var root in SchemaKind.All.Select(kind => kind.Root))
        {
            Reach(new TableForm(root), reached);
        }

        var all = new[] { typeof(KeyTable).Assembly, typeof(ServerKeys).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(property => property.PropertyType == typeof(KeyTable))
            .ToList();

        Assert.InRange(all.Count, 25, 100);
        Assert.Empty(all.Where(property => !reached.Contains((KeyTable)property.GetValue(null)!)).Select(property => $"{property.DeclaringType!.Name}.{property.Name}"));
        Assert.All(reached.SelectMany(table => table.Entries), entry => Assert.Matches(@"^.{5,}\.$", entry.Meaning));
    }

    [Fact]
    public void Steps_ThatThisVersionRuns_HaveAnArgumentOrStandAlone() =>
        Assert.All(StepCatalog.All, step => Assert.True(step.IsBare || step.Argument is not null, step.Name));

    public static TheoryData<string, string, string> ServerDefaults()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var section in ServerKeys.File.Entries.Where(entry => entry.Form is TableForm))
        {
            foreach (var key in ((TableForm)section.Form).Table.Entries.Where(key => key.Default.Length > 0))
            {
                cases.Add(section.Name, key.Name, key.Default);
            }
        }

        foreach (var key in ServerKeys.Replies.Entries)
        {
            cases.Add("server", "replies", $"{{ {key.Name}: {key.Default} }}");
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(ServerDefaults))]
    public void Default_OfPmilterYaml_ChangesNothingWhenWritten(string section, string key, string value)
    {
        var diagnostics = new DiagnosticBag();
        var written = ServerConfigurationReader.Read(new SourceText("pmilter.yaml", $"{section}:\n  {key}: {value}\n"), diagnostics);
        Assert.Equal(string.Empty, DiagnosticRenderer.Render(diagnostics.All));

        // There are fuses where the section is.
        Assert.Equal(Printed.Of(new ServerConfiguration { Fuse = section == "fuse" ? new FuseSection() : null }), Printed.Of(written));
    }

    public static TheoryData<string, string, string, string> PolicyDefaults()
    {
        var cases = new TheoryData<string, string, string, string>();
        foreach (var (section, required, table) in new[]
        {
            ("counters", "phase: mail, count: messages, key: [], window: 60s", StateKeys.Counter),
            ("bans", "key: [client_ip], for: 1h", StateKeys.Ban),
            ("greylists", "key: [client_net]", StateKeys.Greylist),
            ("memories", "key: [client_net]", StateKeys.Memory),
        })
        {
            foreach (var key in table.Entries.Where(key => key.Default.Length > 0))
            {
                cases.Add(section, required, key.Name, key.Default);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(PolicyDefaults))]
    public void Default_OfAPolicy_ChangesNothingWhenWritten(string section, string required, string key, string value)
    {
        var without = Definition($"policy: p\n{section}: {{ x: {{ {required} }} }}\n");
        var written = Definition($"policy: p\n{section}: {{ x: {{ {required}, {key}: {value} }} }}\n");

        Assert.Equal(without, written);
    }

    /// <summary>A reader with keys of its own would escape the schema.</summary>
    [Fact]
    public void Readers_OfMappings_TakeATable() =>
        Assert.All(
            SourceTree.Sources("src").SelectMany(path => Reader().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)),
            argument => Assert.DoesNotContain("[", argument, StringComparison.Ordinal));

    private static string Definition(string yaml)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(new SourceText("p.yaml", yaml), new ListFiles(), diagnostics)!;
        Assert.Equal(string.Empty, DiagnosticRenderer.Render(diagnostics.All));
        return Printed.Of(new { document.Counters, document.Bans, document.Greylists, document.Memories });
    }

    private static void Read(string kind, string yaml, DiagnosticBag diagnostics)
    {
        var source = new SourceText("x.yaml", yaml);
        switch (kind)
        {
            case "server":
                ServerConfigurationReader.Read(source, diagnostics);
                break;
            case "test":
                new PolicyTestReader(diagnostics).Read(source);
                break;
            default:
                PolicyDocumentParser.Parse(source, new ListFiles(), diagnostics);
                break;
        }
    }

    private static void Reach(ValueForm? form, HashSet<KeyTable> reached)
    {
        var inner = form switch
        {
            TableForm table when reached.Add(table.Table) => table.Table.Entries.Select(entry => entry.Form),
            ListForm list => [list.Item],
            MapForm map => [map.Value],
            EitherForm either => either.Forms,
            StepsForm => StepCatalog.All.Select(step => step.Argument).OfType<ValueForm>(),
            _ => [],
        };
        foreach (var next in inner)
        {
            Reach(next, reached);
        }
    }

    [GeneratedRegex(@"new MappingReader\(([^;]*)\)[;.]")]
    private static partial Regex Reader();
}
