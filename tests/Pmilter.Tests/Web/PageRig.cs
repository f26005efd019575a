using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pmilter.Configuration;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;
using Pmilter.Web;

namespace Pmilter.Tests.Web;

/// <summary>A running server with the admin page, and somebody who asks it over HTTP.</summary>
internal sealed partial class PageRig : IAsyncDisposable
{
    public const string Policy = """
        policy: p
        description: What the tests of the page run under.
        counters:
          mails: { phase: mail, count: messages, key: [mail_from], window: 1h }
        bans:
          bad: { key: [client_ip], for: [1h, released] }
        rules:
          - { id: forged, phase: helo, mode: monitor, when: "helo = 'mail.example.jp'", then: [ reject: '5.7.1 our name' ] }
          - { id: banned, phase: mail, when: "banned('bad')", then: [ reject: '5.7.1 banned' ] }
          - { id: dear, phase: mail, mode: monitor, when: "mail_from_domain = 'shop.example'", then: [ reject: '5.7.1 shops' ] }
          - { id: often, phase: mail, limit: { counter: mails, max: 4, hold: 10m }, then: [ tempfail: '4.7.1 often' ] }
          - { id: spam, phase: mail, when: "mail_from = 'spam@b.example'", then: [ ban: bad, reject: '5.7.1 spam' ] }
          - { id: nobody, phase: rcpt, when: "rcpt_to = 'nobody@d.example'", then: [ reject: '5.1.1 nobody' ] }
          - { id: subject, phase: eom, when: "contains(subject, 'lottery')", then: [ quarantine: lottery ] }

        """;

    private readonly SiteFolder _site;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    private PageRig(SiteFolder site, ServerRig server, Uri address)
    {
        _site = site;
        Server = server;
        Address = address;
    }

    public ServerRig Server { get; }

    public Uri Address { get; }

    public string Root => _site.Root;

    public string Token => File.ReadAllText(Path.Combine(_site.Root, "state", "page.token")).Trim();

    /// <summary>Of who only looks.</summary>
    public string ReadToken => File.ReadAllText(Path.Combine(_site.Root, "state", "page.read.token")).Trim();

    /// <summary>What a browser would send back; empty before a login.</summary>
    public string Cookie { get; set; } = string.Empty;

    public static async Task<PageRig> StartAsync(string policy = Policy, TimeProvider? time = null, byte[]? countries = null, FuseSection? fuse = null, params string[] hosts)
    {
        var site = new SiteFolder(string.Empty, ("p.yaml", policy));
        var state = Path.Combine(site.Root, "state");
        var country = countries is null ? string.Empty : Path.Combine(site.Root, "country.mmdb");
        await File.WriteAllBytesAsync(Path.Combine(site.Root, "country.mmdb"), countries ?? []);
        var options = ServerRig.Options("inet:127.0.0.1:0") with
        {
            Policies = Path.Combine(site.Root, "policies"),
            Fuse = fuse,
            AdminListen = new IPEndPoint(IPAddress.Loopback, 0),
            AdminSocket = Path.Combine(state, "admin.sock"),
            Geo = new GeoSettings(country, string.Empty, TimeSpan.FromDays(36_500)),
            State = new StateSettings { Folder = state },
            Page = new PageSettings(Path.Combine(state, "page.token"), hosts) { ReadTokenFile = Path.Combine(state, "page.read.token") },
        };
        var server = await ServerRig.StartAsync(options, time, hasPolicies: true);
        await server.SaysAsync("Metrics and health at ");
        await server.SaysAsync("Admin socket");
        return new PageRig(site, server, new Uri(server.Log.Lines.Select(line => Told().Match(line)).First(match => match.Success).Groups[1].Value));
    }

    /// <summary>With the token, as the login page does it.</summary>
    public async Task LoginAsync(string name = "alice", bool reads = false)
    {
        using var response = await PostAsync("/api/login", $$"""{"token":"{{(reads ? ReadToken : Token)}}","name":"{{name}}"}""");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Cookie = response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    public async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
        return await SendAsync(request, headers);
    }

    /// <summary>As our own script sends it, unless a header says otherwise; an empty one is left out.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path)) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        (string, string)[] own = [("Origin", Address.GetLeftPart(UriPartial.Authority)), (PageGuard.OwnHeader, "1")];
        return await SendAsync(request, [.. own.Where(header => headers.All(given => given.Name != header.Item1)), .. headers]);
    }

    public async Task<JsonElement> ReadAsync(string path)
    {
        using var response = await GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>One message on a connection of its own; what became of its MAIL or its end.</summary>
    public async Task<VerdictKind> SendAsync(string sender, string subject = "hello", string helo = "client.example", string client = "203.0.113.9", string to = "c@d.example")
    {
        await using var connection = await Server.DialAsync();
        var message = new MessageSender(connection);
        await message.BeginAsync(new ClientFacts($"[{client}]", ClientFamily.Inet, client, 4321), helo, CancellationToken.None);
        var outcome = await message.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{sender}>"), Recipients = [new EnvelopeAddress($"<{to}>")], Headers = [new MailHeader(Encoding.UTF8.GetBytes("Subject"), Encoding.UTF8.GetBytes(subject))] }, CancellationToken.None);
        return outcome.Final.Kind;
    }

    /// <summary>Mail that blows the fuse of p/nobody, where it allows less than three of three.</summary>
    public async Task BlowAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            await SendAsync("a@b.example", to: "nobody@d.example");
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Server.Policies.Current.Rules.First(rule => rule.Rule.Id == "nobody").Rule.Mode != PolicyMode.Monitor)
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
        _site.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        if (Cookie.Length > 0)
        {
            request.Headers.Add("Cookie", Cookie);
        }

        foreach (var (name, value) in headers.Where(header => header.Value.Length > 0))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await _http.SendAsync(request);
    }

    [GeneratedRegex(@"Metrics and health at (http://\S+)")]
    private static partial Regex Told();
}
