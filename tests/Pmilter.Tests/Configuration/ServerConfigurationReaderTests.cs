using System.Runtime.CompilerServices;
using CsCheck;
using Pmilter.Configuration;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Tests.Configuration;

public sealed class ServerConfigurationReaderTests
{
    [Fact]
    public void Listen_SocketOfSystemd_IsKnownByItsName()
    {
        var configuration = Read("server: { listen: ['systemd:mx', { name: x, at: 'systemd:pmilter.socket' }] }", out var diagnostics);

        Assert.Empty(diagnostics.All);
        Assert.Equal(["mx", "pmilter.socket"], configuration.Server.Listen.Select(listener => listener.Address.Inherited));
    }

    [Fact]
    public void Read_ShippedFile_HasNoDiagnostics()
    {
        var configuration = Read(File.ReadAllText(ShippedFile()), out var diagnostics);

        Assert.Empty(diagnostics.All);
        Assert.Equal("inet:127.0.0.1:8895", Assert.Single(configuration.Server.Listen).Address.Text);
        Assert.Equal("geoip/country.mmdb", configuration.Geoip.Country);
        Assert.Equal(PolicyMode.Monitor, configuration.Policies.Mode["default"]);
    }

    [Fact]
    public void Read_EverythingWritten_IsTaken()
    {
        var configuration = Read(
            """
            server:
              listen: [ { name: mx, at: 'unix:/run/pmilter/pmilter.sock', mode: '0660', group: postfix }, 'inet:8895@localhost' ]
              allow: [10.0.0.0/8, '::1']
              idle_timeout: 7200s
              event_deadline: 500ms
              eom_deadline: 30s
              drain: 0s
              max_connections: 5
              max_delayed: 0
              zone: Asia/Tokyo
              on_error: tempfail
              replies: { tempfail: '4.3.0 later', reject: '5.7.0 no', greylist: '4.7.1 wait {retry_after}' }
            policies: { dir: p, mode: { a: off, default: monitor }, reload_test: false }
            protect: { clients: '', recipients: [], logins: [] }
            fuse: {}
            geoip: { country: '', asn: a.mmdb, warn_after: 30d }
            state: { dir: '', store: redis, snapshot_every: 1m, redis: 'unix:/run/redis.sock', prefix: mx, budget: 10ms, on_error: tempfail }
            ruby: { engine: ruby, command: '', workers: 2, queue: 256, timeout: 2s, memory: 256MB, gems: false, user: '', max_calls: 100000, on_error: tempfail, postconfig: '', master_exit: '' }
            auth: { trusted: [], check: false }
            content: { body_limit: 1MB, max_parts: 200, max_depth: 20, headers_limit: 64kB }
            notify: { oncall: { url: 'https://hooks.example/x', secret_file: s.key, mail: ops@example.jp, via: '[::1]:2525', from: pmilter@example.jp, at_most: '3 per key per 2h', max_per_minute: 5 } }
            log: { level: debug, format: json, file: x.log, decisions: '', hash: false }
            admin: { socket: a.sock, listen: '', token_file: '' }
            """,
            out var diagnostics);

        Assert.Empty(diagnostics.All);
        var server = configuration.Server;
        Assert.Equal(("mx", "/run/pmilter/pmilter.sock", "postfix"), (server.Listen[0].Name, server.Listen[0].Address.Path, server.Listen[0].Group));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, server.Listen[0].Mode);
        Assert.Equal(("localhost", 8895), (server.Listen[1].Address.Host, server.Listen[1].Address.Port));
        Assert.Equal(["10.0.0.0/8", "::1/128"], server.Allow.Select(network => network.ToString()));
        Assert.Equal((TimeSpan.FromMilliseconds(500), 5, 0, OnError.Tempfail, "Asia/Tokyo"), (server.EventDeadline, server.MaxConnections, server.MaxDelayed, server.OnError, server.Zone.Id));
        Assert.Equal("5.7.0 no", server.Replies.Reject);
        var target = configuration.Notify["oncall"];
        Assert.Equal(("hooks.example", "s.key", "ops@example.jp", "::1", 2525, "pmilter@example.jp", 5), (target.Url!.Host, target.SecretFile, target.Mail, target.MailHost, target.MailPort, target.From, target.MaxPerMinute));
        Assert.Equal(new NoticeQuota(3, TimeSpan.FromHours(2)), target.AtMost);
        Assert.Equal((PolicyMode.Off, "p"), (configuration.Policies.Mode["a"], configuration.Policies.Dir));
        Assert.Equal((string.Empty, "a.mmdb"), (configuration.Geoip.Country, configuration.Geoip.Asn));
        Assert.Equal((TimeSpan.FromMilliseconds(10), StateOnError.Tempfail), (configuration.State.Budget, configuration.State.OnError));
        Assert.Equal(
            (string.Empty, true, TimeSpan.FromMinutes(1), "unix:/run/redis.sock", "mx"),
            (configuration.State.Dir, configuration.State.IsShared, configuration.State.SnapshotEvery, configuration.State.Redis, configuration.State.Prefix));
        Assert.Equal((new AdminSocketOptions("a.sock"), new AdminSocketOptions(string.Empty)), (configuration.Admin.Socket, configuration.Admin.ReadSocket));
        Assert.Equal((1048576L, 65536L), (configuration.Content.BodyLimitBytes, configuration.Content.HeadersLimitBytes));
        Assert.Equal((LogVerbosity.Debug, true, "x.log"), (configuration.Log.Level, configuration.Log.IsJson, configuration.Log.File));
    }

    [Theory]
    [InlineData("{ at: /r.sock }", 0x180, "")]
    [InlineData("{ at: /r.sock, group: helpdesk }", 0x1B0, "helpdesk")]
    [InlineData("{ at: /r.sock, group: helpdesk, mode: '0620' }", 0x190, "helpdesk")]
    [InlineData("/r.sock", 0x180, "")]
    public void AdminSocket_WithoutAMode_IsItsGroupsToo_WhereItHasOne(string written, int mode, string group)
    {
        var diagnostics = new DiagnosticBag();
        var configuration = ServerConfigurationReader.Read(new SourceText("pmilter.yaml", $"admin: {{ read_socket: {written} }}\n"), diagnostics);

        Assert.Empty(diagnostics.All);
        Assert.Equal(new AdminSocketOptions("/r.sock", (UnixFileMode)mode, group), configuration.Admin.ReadSocket);
    }

    [Theory]
    [InlineData("server: { listen: ['inet:0.0.0.0:8895'] }", "PM301")]
    [InlineData("server: { listen: ['inet:8895'] }", "PM301")]
    [InlineData("server: { listen: ['inet:0.0.0.0:8895'], allow: ['::1', 127.0.0.0/8] }", "PM301")]
    [InlineData("server: { listen: ['inet:0.0.0.0:8895'], allow: [192.0.2.0/24] }", null)]
    [InlineData("server: { listen: ['inet:[::1]:8895', 'inet6:8896@::1', 'local:/x'] }", null)]
    [InlineData("server: { listen: ['tcp:1'] }", "PM300")]
    [InlineData("server: { listen: ['inet:host:99999'] }", "PM300")]
    [InlineData("server: { listen: ['/run/x.sock'] }", "PM300")]
    [InlineData("server: { listen: ['inet:127.0.0.1:1', 'inet:1@127.0.0.1'] }", "PM303")]
    [InlineData("server: { listen: [{ at: 'inet:127.0.0.1:1', mode: '0660' }] }", "PM304")]
    [InlineData("server: { listen: [{ at: 'unix:/x', mode: '0999' }] }", "PM305")]
    [InlineData("server: { listen: [] }", "PM306")]
    [InlineData("server: { allow: [10.0.0.1/8] }", "PM302")]
    [InlineData("server: { allow: [mx.example] }", "PM302")]
    [InlineData("server: { zone: Mars }", "PM307")]
    [InlineData("server: { replies: { reject: '4.7.1 no' } }", "PM308")]
    [InlineData("server: { event_deadline: 8 }", "PM173")]
    [InlineData("traces: { endpoint: '127.0.0.1:4318' }", "PM173")]
    [InlineData("traces: { endpoint: 'grpc://127.0.0.1:4317' }", "PM173")]
    [InlineData("traces: { endpoint: '', share: 1% }", null)]
    [InlineData("server: { event_deadline: 1h }", "PM174")]
    [InlineData("server: { max_conections: 8 }", "PM170")]
    [InlineData("sever: {}", "PM170")]
    [InlineData("protect: { recipients: [postmaster, 'boss@example.jp'], logins: [scanner], clients: lists/relays.txt }", null)]
    [InlineData("protect: { clients: [192.0.2.0/24], recipients: [] }", null)]
    [InlineData("protect: { recipients: ['@example.jp'] }", "PM353")]
    [InlineData("protect: { recipients: ['<a@example.jp>'] }", "PM353")]
    [InlineData("protect: { client: [192.0.2.0/24] }", "PM170")]
    [InlineData("fuse: { refused_share: 10%, min: 200, in: 10m, then: monitor }", null)]
    [InlineData("fuse: { all_rules: 40%, rules: { geo/closed: 60%, bulk/flood: off } }", null)]
    [InlineData("fuse: { notify: oncall }\nnotify: { oncall: { mail: postmaster } }", null)]
    [InlineData("fuse: { notify: oncal }\nnotify: { oncall: { mail: postmaster } }", "PM354")]
    [InlineData("fuse: { rules: { closed: 60% } }", "PM355")]
    [InlineData("fuse: { rules: { geo/closed: most } }", "PM173")]
    [InlineData("fuse: { refused_share: 10 }", "PM173")]
    [InlineData("fuse: { min: 0 }", "PM174")]
    [InlineData("fuse: { then: off }", "PM173")]
    [InlineData("state: { store: redis }", "PM312")]
    [InlineData("state: { store: redis, redis: '' }", "PM312")]
    [InlineData("state: { redis: 'x:1' }", "PM313")]
    [InlineData("state: { snapshot_every: 100ms }", "PM174")]
    [InlineData("state: { dir: elsewhere }", null)]
    [InlineData("auth: { check: true }", null)]
    [InlineData("auth: { check: true, name: mx.example.jp, trusted: [mx.example.jp] }", null)]
    [InlineData("auth: { check: true, name: 'a b' }", "PM279")]
    [InlineData("auth: { name: mx.example.jp }", "PM334")]
    [InlineData("auth: { check: maybe }", "PM173")]
    [InlineData("log: { decisions: d.jsonl, decisions_keep: 7d, hash: true }", null)]
    [InlineData("log: { decisions_keep: 1h }", "PM174")]
    [InlineData("ruby: { workers: 4, engine: jruby, gems: true, memory: 1GB, on_error: continue }", null)]
    [InlineData("ruby: { workers: 0 }", "PM174")]
    [InlineData("ruby: { engine: perl }", "PM173")]
    [InlineData("ruby: { wokers: 4 }", "PM170")]
    [InlineData("admin: { socket: { mode: '0600' }, read_socket: { at: /run/pmilter/read.sock, group: helpdesk } }", null)]
    [InlineData("admin: { socket: { at: /run/pmilter/admin.sock, mode: '0660', group: postmasters } }", null)]
    [InlineData("admin: { socket: { at: /run/pmilter/admin.sock, mode: '0666' } }", "PM365")]
    [InlineData("admin: { socket: { at: /run/pmilter/admin.sock, mode: '660x' } }", "PM305")]
    [InlineData("admin: { socket: /run/a.sock, read_socket: /run/a.sock }", "PM366")]
    [InlineData("admin: { socket: { group: postmasters } }", "PM367")]
    [InlineData("admin: { read_socket: { at: state/read.sock, mode: '0666' } }", "PM367")]
    [InlineData("state: { dir: other }\nadmin: { read_socket: { at: state/read.sock, mode: '0666' } }", null)]
    [InlineData("admin: { read_socket: { group: helpdesk } }", "PM171")]
    [InlineData("admin: { read_socket: [a] }", "PM172")]
    [InlineData("admin: { page_read_token_file: t }", "PM334")]
    [InlineData("admin: { listen: '127.0.0.1:8896', page_token_file: t, page_read_token_file: t }", "PM368")]
    [InlineData("admin: { listen: '127.0.0.1:8896', token_file: t, page_read_token_file: t }", "PM368")]
    [InlineData("admin: { listen: '127.0.0.1:8896', page_read_token_file: t }", null)]
    [InlineData("admin: { listen: '127.0.0.1:8896' }", null)]
    [InlineData("admin: { listen: '[::1]:8896' }", null)]
    [InlineData("admin: { listen: '0.0.0.0:8896', token_file: t }", null)]
    [InlineData("admin: { listen: '0.0.0.0:8896' }", "PM348")]
    [InlineData("admin: { listen: '[2001:db8::1]:8896', token_file: '' }", "PM348")]
    [InlineData("admin: { listen: '8896' }", "PM347")]
    [InlineData("admin: { listen: '127.0.0.1' }", "PM347")]
    [InlineData("admin: { listen: '::1' }", "PM347")]
    [InlineData("admin: { listen: 'localhost:8896' }", "PM347")]
    [InlineData("admin: { token_file: t }", "PM334")]
    [InlineData("admin: { page: true }", "PM334")]
    [InlineData("admin: { page_token_file: t }", "PM334")]
    [InlineData("admin: { hosts: [a.example] }", "PM334")]
    [InlineData("admin: { listen: '127.0.0.1:8896', page: false, page_token_file: t, hosts: [mail.example.jp, '192.0.2.1'] }", null)]
    [InlineData("admin: { listen: '0.0.0.0:8896', token_file: t, page: true }", "PM340")]
    [InlineData("admin: { listen: '0.0.0.0:8896', token_file: t, page: false }", null)]
    [InlineData("admin: { listen: '127.0.0.1:8896', hosts: ['http://a.example'] }", "PM341")]
    [InlineData("admin: { listen: '127.0.0.1:8896', hosts: ['a.example:8896'] }", "PM341")]
    [InlineData("notify: { oncall: { url: x } }", "PM336")]
    [InlineData("notify: { oncall: { url: 'ftp://x.example/' } }", "PM336")]
    [InlineData("notify: { oncall: { url: 'https://u:p@x.example/' } }", "PM336")]
    [InlineData("notify: { oncall: { url: 'http://x.example/' } }", "PM337")]
    [InlineData("notify: { oncall: { url: 'http://127.0.0.1:8080/x' } }", null)]
    [InlineData("notify: { oncall: {} }", "PM335")]
    [InlineData("notify: { oncall: { url: '', mail: '' } }", "PM335")]
    [InlineData("notify: { oncall: { mail: postmaster } }", null)]
    [InlineData("notify: { oncall: { mail: 'a b@x.example' } }", "PM339")]
    [InlineData("notify: { oncall: { mail: postmaster, from: '<a@b.example>' } }", "PM339")]
    [InlineData("notify: { oncall: { mail: postmaster, via: localhost } }", "PM333")]
    [InlineData("notify: { oncall: { mail: postmaster, via: 'localhost:99999' } }", "PM333")]
    [InlineData("notify: { oncall: { mail: postmaster, secret_file: x } }", "PM334")]
    [InlineData("notify: { oncall: { url: 'https://x.example/', via: '127.0.0.1:25' } }", "PM334")]
    [InlineData("notify: { oncall: { mail: postmaster, at_most: '1 per hour' } }", "PM338")]
    [InlineData("notify: { oncall: { mail: postmaster, at_most: '0 per key per 1h' } }", "PM174")]
    [InlineData("notify: { oncall: { mail: postmaster, at_most: '1 per key per 100d' } }", "PM174")]
    [InlineData("notify: { oncall: { mail: postmaster, at_most: '1 per key per hour' } }", "PM173")]
    [InlineData("notify: { oncall: { mail: postmaster, max_per_minute: 0 } }", "PM174")]
    [InlineData("notify: { oncall: { mial: postmaster } }", "PM170,PM335")]
    [InlineData("notify: { oncall: postmaster }", "PM172")]
    [InlineData("policies: { mode: { a: maybe } }", "PM173")]
    [InlineData("- a", "PM172")]
    [InlineData("", null)]
    public void Read_OneThing_OneDiagnostic(string text, string? id)
    {
        Read(text, out var diagnostics);

        Assert.Equal(id ?? string.Empty, string.Join(',', diagnostics.All.Select(diagnostic => diagnostic.Id)));
        Assert.Equal(id is not null and not ("PM313" or "PM337" or "PM340" or "PM365" or "PM367"), diagnostics.HasErrors);
    }

    [Fact]
    public void Read_Nothing_GivesWhatIsShipped()
    {
        var configuration = Read(string.Empty, out _);

        Assert.True(Assert.Single(configuration.Server.Listen).Address.IsLoopback);
        Assert.Equal(TimeSpan.FromSeconds(7210), configuration.Server.IdleTimeout);
    }

    [Fact]
    public void Read_MutatedFile_NeverThrows()
    {
        var shipped = File.ReadAllText(ShippedFile());
        Gen.Select(Gen.Int[0, shipped.Length - 1], Gen.Int[0, 8], Gen.String[0, 6]).Sample(
            (at, removed, added) => Read(shipped.Remove(at, Math.Min(removed, shipped.Length - at)).Insert(at, added), out _),
            iter: 2000);
    }

    private static ServerConfiguration Read(string text, out DiagnosticBag diagnostics)
    {
        diagnostics = new DiagnosticBag();
        return ServerConfigurationReader.Read(new SourceText("pmilter.yaml", text), diagnostics);
    }

    private static string ShippedFile([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "pmilter.yaml");
}
