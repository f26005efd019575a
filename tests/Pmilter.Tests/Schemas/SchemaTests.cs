using NJsonSchema;
using Pmilter.Schemas;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Schemas;

/// <summary>The schemas say of every file what the readers say: what is shipped is right, and what is broken is marked.</summary>
public sealed class SchemaTests
{
    private const string Rule = "policy: p\nrules:\n  - id: r\n    phase: mail\n";

    public static TheoryData<string> Kinds => [.. SchemaKind.All.Select(kind => kind.Word)];

    public static TheoryData<string> Files => [.. new[] { "policies", "docs/examples" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.yaml", SearchOption.AllDirectories))
        .Append(Path.Combine(SourceTree.Root, "pmilter.yaml"))
        .Select(path => Path.GetRelativePath(SourceTree.Root, path))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Schema_InTheDocuments_IsTheReaders(string kind)
    {
        var run = await CommandRun.OfAsync("schema", kind);

        Assert.Equal(run.Output, await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "schema", $"{kind}.schema.json")));
    }

    /// <summary>The first line tells editors where the schema is.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public async Task ShippedFile_BySchemaThatItNames_IsValid(string file)
    {
        const string modeline = "# yaml-language-server: $schema=";
        var path = Path.Combine(SourceTree.Root, file);
        var text = await File.ReadAllTextAsync(path);
        Assert.StartsWith(modeline, text, StringComparison.Ordinal);
        var schema = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, text.Split('\n')[0][modeline.Length..]));
        Assert.Equal(Path.Combine(SourceTree.Root, "docs", "schema", KindOf(file).FileName), schema);

        Assert.Equal(string.Empty, await ErrorsAsync(KindOf(file).Word, text));
    }

    [Theory]
    [InlineData("policy", "rules: []\n")]
    [InlineData("policy", "policy: p\nmoed: off\n")]
    [InlineData("policy", "policy: p\nmode: strict\n")]
    [InlineData("policy", "policy: p\nlists: { l: { type: cidr, items: [], file: x.txt } }\n")]
    [InlineData("policy", "policy: p\nlists: { l: { type: cidr } }\n")]
    [InlineData("policy", "policy: p\nlists: { Big: { type: cidr, items: [] } }\n")]
    [InlineData("policy", "policy: p\ncounters: { c: { phase: mail, count: distinct, key: [], window: 1m } }\n")]
    [InlineData("policy", "policy: p\ncounters: { c: { phase: mail, count: messages, key: client_ip, window: 1m } }\n")]
    [InlineData("policy", "policy: p\ncounters: { c: { phase: mail, count: messages, key: [], window: 60 } }\n")]
    [InlineData("policy", "policy: p\nbans: { b: { key: [], for: 2h } }\n")]
    [InlineData("policy", "policy: p\nbans: { b: { key: [client_ip], for: forever } }\n")]
    [InlineData("policy", "policy: p\nhandlers: { envfrom: x.rb }\n")]
    [InlineData("policy", Rule)]
    [InlineData("policy", Rule + "    then: []\n")]
    [InlineData("policy", Rule + "    then: reject\n")]
    [InlineData("policy", Rule + "    then: [rejekt]\n")]
    [InlineData("policy", Rule + "    then: [{ rejekt: x }]\n")]
    [InlineData("policy", Rule + "    then: [{ notify: { text: x } }]\n")]
    [InlineData("server", "notify: { a: { at_most: often } }\n")]
    [InlineData("policy", Rule + "    then: [{ tag: x, score: 1 }]\n")]
    [InlineData("policy", Rule + "    then: [{ accept: all }]\n")]
    [InlineData("policy", Rule + "    then: [ban]\n")]
    [InlineData("policy", Rule + "    then: [{ add_header: { name: X, value: y, index: 1 } }]\n")]
    [InlineData("policy", Rule + "    then: [{ add_header: no colon }]\n")]
    [InlineData("policy", Rule + "    limit: { counter: c }\n    then: [reject]\n")]
    [InlineData("policy", Rule + "    limit: { counter: c, max: 1, hold: { after: empty } }\n    then: [reject]\n")]
    [InlineData("policy", Rule + "    schedule: { days: [monday] }\n    then: [reject]\n")]
    [InlineData("policy", Rule + "    until: 2026-01-01\n    then: [reject]\n")]
    [InlineData("server", "server: { listen: [] }\n")]
    [InlineData("server", "server: { listen: ['127.0.0.1:8895'] }\n")]
    [InlineData("server", "server: { max_connections: 0 }\n")]
    [InlineData("server", "sever: {}\n")]
    [InlineData("server", "log: { level: loud }\n")]
    [InlineData("server", "log: { hash: 'maybe' }\n")]
    [InlineData("server", "content: { body_limit: 1000000000 }\n")]
    [InlineData("server", "protect: { client: [] }\n")]
    [InlineData("test", "tests: [{ policy: p, send: [] }]\n")]
    [InlineData("test", "tests: [{ name: n, policy: p, send: [{ expect: { verdict: refuse } }] }]\n")]
    [InlineData("test", "tests: [{ name: n, policy: p, send: [{ client: 192.0.2.1 }] }]\n")]
    public async Task BrokenFile_BySchema_IsMarked(string kind, string yaml) => Assert.NotEmpty(await ErrorsAsync(kind, yaml));

    [Theory]
    [InlineData("policy", "policy: p\ndescription: 5\nwhen: true\nmacros: { m: 1 }\nlists: { l: { type: text, items: [a, 1, true] }, m: { type: map, items: { a: 1 } } }\n")]
    [InlineData("policy", "policy: p\ncounters: { c: { phase: mail, count: distinct(helo), key: ['net(client_ip, 24, 64)'], window: 1.5h, max_memory: 1048576 } }\n")]
    [InlineData("policy", "policy: p\nbans: { a: { key: [client_ip], for: released }, b: { key: [client_ip], for: [1h, released] } }\n")]
    [InlineData("policy", Rule + "    limit: { counter: c, max: 'kb(2)', hold: { for: 10s, after: empty } }\n    then: [allow: all]\n")]
    [InlineData("policy", Rule + "    then: [score: +2.5, tag: [a, b], { set: { v: 1 } }, { delay: 2s }, reject: [a, b]]\n")]
    [InlineData("policy", Rule + "    until: 2026-01-01T00:00Z\n    schedule: { days: [mon-fri, sun], from: 08:00, to: '24:00', zone: UTC }\n    then:\n      - accept:\n")]
    [InlineData("policy", Rule + "    then: [{ notify: x }, { notify: { target: x, text: y } }, { greylist: { name: g, reply: 4.7.1 later } }]\n")]
    [InlineData("policy", Rule + "    then: [{ insert_header: 'X: y' }, { insert_header: { name: X, value: y, index: 0 } }, { add_recipient: { address: a@b.example, arguments: NOTIFY=NEVER } }]\n")]
    [InlineData("server", "server: { listen: [{ name: mx, at: 'unix:/run/x', mode: '0660', group: postfix }, 'inet:8895@127.0.0.1'] }\nlog: { hash: true }\nnotify: { a: { url: 'https://x.example/', at_most: 2 per key per 1.5h } }\n")]
    [InlineData("test", Tests)]
    public async Task GoodFile_BySchema_IsValid(string kind, string yaml) => Assert.Equal(string.Empty, await ErrorsAsync(kind, yaml));

    [Fact]
    public async Task Command_WithAFolder_WritesAll()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pmilter-schema-{Guid.NewGuid():N}");
        var run = await CommandRun.OfAsync("schema", "--output", folder);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
        Assert.Equal(["policy.schema.json", "server.schema.json", "test.schema.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Command_OfAnotherKind_EndsWithTwo() => Assert.Equal(2, (await CommandRun.OfAsync("schema", "mail")).ExitCode);

    private static SchemaKind KindOf(string file) =>
        SchemaKind.All.First(kind => kind.Word == (Path.GetFileName(file) == "pmilter.yaml" ? "server" : file.Contains("/tests/", StringComparison.Ordinal) ? "test" : "policy"));

    private static async Task<string> ErrorsAsync(string kind, string yaml)
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaWriter.Write(SchemaKind.All.First(known => known.Word == kind)));
        return string.Join("\n", schema.Validate(YamlJson.Of(yaml)));
    }

    private const string Tests = """
        lists:
          partners: ['192.0.2.0/24']
        message:
          client_ip: 203.0.113.9
          client_country: RU
          mail_from: a@spam.example
          rcpt_to: [bob@example.jp]
          headers: { From: 'A <a@spam.example>', Subject: hello }
        tests:
          - name: the 21st copy of one From in ten seconds is refused, and stays refused for 10 s
            policy: bulk_by_country
            send:
              - { repeat: 20, every: 100ms, expect: { verdict: continue } }
              - { expect: { verdict: tempfail, rule: bulk_same_from, phase: eoh } }
              - { after: 9s, expect: { verdict: tempfail, rule: bulk_same_from } }
              - { after: 2s, expect: { verdict: continue } }
          - name: a partner network is never held
            policy: bulk_by_country
            send:
              - { client_ip: 192.0.2.7, repeat: 50, every: 100ms, expect: { verdict: continue } }
        """;
}
