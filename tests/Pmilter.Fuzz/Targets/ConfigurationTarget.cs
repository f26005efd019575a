using Pmilter.Configuration;
using Pmilter.Configuration.Original;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Text;

namespace Pmilter.Fuzz.Targets;

/// <summary>pmilter.yaml, and the original's pmilter.conf.</summary>
internal sealed class ConfigurationTarget : IFuzzTarget
{
    private const string Yaml = """
        server:
          listen: ['inet:127.0.0.1:5570', { address: 'unix:/run/pmilter/milter.sock', mode: '0660', group: postfix }]
          allow: [127.0.0.0/8]
          max_connections: 100
          on_error: tempfail
        policies: { folder: policies, modes: { a: monitor } }
        geoip: { country: geoip/country.mmdb, max_age: 90d }
        state: { folder: state, save_every: 1m }
        dns: { servers: ['127.0.0.1:53'], timeout: 2s }
        log: { level: info, file: pmilter.log }
        """;

    private const string Toml = """
        [server]
        mode = "worker"
        listen = "/tmp/a.sock"
        timeout = 7210
        log_level = "notice"
        [handler]
        enable = true
        [handler.session]
        mruby_connect_handler = "handler/connect.rb"
        """;

    private static readonly string[] Words = ["\n", "  ", ": ", "- ", "[", "]", "{", "}", "'", "\"", "=", "server", "listen", "inet:", "unix:", "inet6:[::1]:1", "0660", "10s", "9999999999999d", "true", "1_000", "\"\"\"", "1979-05-27T07:32:00Z", "[[a]]", "a.b.c = 1"];

    public string Name => "configuration";

    public string Promise => "a configuration is read or its mistakes are told";

    public void Try(Dice dice)
    {
        var isYaml = dice.OneIn(2);
        var source = new SourceText("pmilter", Mutation.Of(dice, isYaml ? Yaml : Toml, Words, dice.OneIn(3) ? 10 : 2));
        var diagnostics = new DiagnosticBag();
        if (isYaml)
        {
            _ = ServerConfigurationReader.Read(source, diagnostics);
        }
        else
        {
            _ = OriginalReader.Read(source, diagnostics);
        }

        _ = DiagnosticRenderer.Render(diagnostics.All);
    }
}
