using System.Text.Json;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Doctor;

/// <summary><c>pmilter doctor</c> on what postconf said elsewhere: what is wrong, and the line that mends it.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Smtp = "smtp inet n - n - - smtpd\n";
    private const string Chrooted = "smtp inet n - y - - smtpd\n";
    private const string Cleanup = "cleanup unix n - n - 0 cleanup\n";
    private const string Asks = "smtpd_milters = inet:127.0.0.1:8895\n";
    private const string Unix = "/run/pmilter/pmilter.sock";
    private const string InJail = "/var/spool/postfix/pmilter/pmilter.sock";

    private readonly SiteFolder _site = new("geoip: { country: '' }\n", ("p.yaml", "policy: p\nrules: []\n"));

    public void Dispose() => _site.Dispose();

    [Theory]
    // Who asks.
    [InlineData("ok smtp/inet: asks Pmilter at inet:127.0.0.1:8895", "", Asks, Smtp)]
    [InlineData("ok smtp/inet: asks Pmilter at inet:localhost:8895", "", "smtpd_milters = inet:[::1]:11332, { inet:localhost:8895, default_action=accept }\n", Smtp)]
    [InlineData("ok smtp/inet: asks Pmilter at inet:127.0.0.1:8895", "", "pmilter = inet:127.0.0.1:8895\nsmtpd_milters = ${pmilter}\n", Smtp)]
    [InlineData("ok smtpd/pass: asks Pmilter", "", Asks, "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n")]
    [InlineData("error smtpd_milters: no service asks Pmilter, which listens on inet:127.0.0.1:8895", "postconf -e 'smtpd_milters = inet:127.0.0.1:8895'", "", Smtp)]
    [InlineData("error smtpd_milters: no service asks Pmilter", "postconf -e 'smtpd_milters = inet:127.0.0.1:8895 inet:127.0.0.1:8891'", "smtpd_milters = inet:127.0.0.1:8891\n", Smtp)]
    [InlineData("error smtpd_milters: no service asks Pmilter", "postconf -e", Asks, "smtp inet n - n - - smtpd -o smtpd_milters=\n")]
    [InlineData("error smtpd_milters: no service asks Pmilter", "postconf -e", Asks + "receive_override_options = no_milters\n", Smtp)]
    [InlineData("error smtpd_milters: no service asks Pmilter", "postconf -e", "smtpd_milters = inet:192.0.2.7:8895\n", Smtp)]
    [InlineData("error master.cf: no service runs smtpd", "", Asks, Cleanup)]
    [InlineData("warning submission/inet: does not ask Pmilter", "postconf -P 'submission/inet/smtpd_milters=inet:127.0.0.1:8895'", Asks, Smtp + "submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_milters=\n")]
    [InlineData("warning 127.0.0.1:10025/inet: what the content filter gives back", "postconf -P '127.0.0.1:10025/inet/smtpd_milters='", Asks + "content_filter = smtp:[127.0.0.1]:10024\n", Smtp + "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o mynetworks=127.0.0.0/8\n")]
    [InlineData("ok 127.0.0.1:10025/inet: does not ask", "", Asks + "content_filter = smtp:[127.0.0.1]:10024\n", Smtp + "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_milters=\n")]
    [InlineData("warning smtp/inet: has a smtpd_proxy_filter", "postconf -P 'smtp/inet/smtpd_proxy_filter='", Asks + "smtpd_proxy_filter = 127.0.0.1:10024\n", Smtp)]
    [InlineData("note smtpd_milter_maps: some clients may be let off", "", Asks + "smtpd_milter_maps = cidr:/etc/postfix/milters\n", Smtp)]
    [InlineData("note non_smtpd_milters: mail that local programs hand in", "postconf -e 'non_smtpd_milters = inet:127.0.0.1:8895'", Asks, Smtp)]
    [InlineData("note non_smtpd_milters: mail of local programs is seen", "", Asks + "non_smtpd_milters = $smtpd_milters\n", Smtp)]
    // How long, and what else.
    [InlineData("ok milter_default_action: tempfail", "", Asks, Smtp)]
    [InlineData("error milter_default_action: reject", "postconf -e 'milter_default_action = tempfail'", Asks + "milter_default_action = reject\n", Smtp)]
    [InlineData("note milter_default_action: accept", "", Asks + "milter_default_action = accept\n", Smtp)]
    [InlineData("note milter_default_action: accept", "", "smtpd_milters = { inet:127.0.0.1:8895, default_action=accept }\n", Smtp)]
    [InlineData("error milter_command_timeout: 5s is not longer than 8s", "postconf -e 'milter_command_timeout = 24s'", Asks + "milter_command_timeout = 5s\n", Smtp)]
    [InlineData("ok milter_command_timeout: 1m, longer than 8s", "", Asks + "milter_command_timeout = 1m\n", Smtp)]
    [InlineData("error milter_content_timeout: 10 is not longer than 10s", "postconf -e 'milter_content_timeout = 300s'", Asks + "milter_content_timeout = 10\n", Smtp)]
    [InlineData("warning milter_command_timeout: 'soon' is no time", "postconf -e 'milter_command_timeout = 30s'", Asks + "milter_command_timeout = soon\n", Smtp)]
    [InlineData("warning milter_protocol: 2: Postfix tells less", "postconf -e 'milter_protocol = 6'", Asks + "milter_protocol = 2\n", Smtp)]
    [InlineData("error milter_protocol: 1 is not spoken", "postconf -e 'milter_protocol = 6'", Asks + "milter_protocol = 1\n", Smtp)]
    [InlineData("warning milter_mail_macros: {auth_authen} is not sent", "postconf -e 'milter_mail_macros = i {auth_type} {auth_authen}'", Asks + "milter_protocol = 4\nmilter_mail_macros = i\n", Smtp)]
    // Who stands in front.
    [InlineData("error smtpd_authorized_xclient_hosts: 0.0.0.0/0", "smtpd_authorized_xclient_hosts = 192.0.2.1", Asks + "smtpd_authorized_xclient_hosts = 0.0.0.0/0\n", Smtp)]
    [InlineData("note smtp/inet: 192.0.2.1 may present other clients", "", Asks + "smtpd_authorized_xclient_hosts = 192.0.2.1\n", Smtp)]
    [InlineData("note smtp/inet: a load balancer stands in front", "", Asks + "smtpd_upstream_proxy_protocol = haproxy\n", Smtp)]
    [InlineData("note smtp/inet: a load balancer stands in front", "", Asks + "postscreen_upstream_proxy_protocol = haproxy\n", "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n")]
    public Task Configuration_OverTcp(string finding, string mend, string main, string master) => SaysAsync(finding, mend, main, master);

    [Theory]
    [InlineData("ok smtp/inet: asks Pmilter at unix:/run/pmilter/pmilter.sock", "", Unix, "smtpd_milters = unix:/run/pmilter/pmilter.sock\n", Smtp)]
    [InlineData("note /run/pmilter/pmilter.sock: whether Postfix may open it", "", Unix, "smtpd_milters = unix:/run/pmilter/pmilter.sock\n", Smtp)]
    [InlineData("error smtp/inet: is chrooted to /var/spool/postfix, where /run/pmilter/pmilter.sock cannot be seen: it looks for /var/spool/postfix/run/pmilter/pmilter.sock", "postconf -e 'smtpd_milters = unix:/pmilter/pmilter.sock'; or postconf -F 'smtp/inet/chroot=n'", Unix, "smtpd_milters = unix:/run/pmilter/pmilter.sock\n", Chrooted)]
    [InlineData("ok smtp/inet: asks Pmilter at unix:/pmilter/pmilter.sock", "", InJail, "smtpd_milters = unix:/pmilter/pmilter.sock\n", Chrooted)]
    [InlineData("error smtp/inet: is chrooted to /var/spool/postfix and looks for /var/spool/postfix/var/spool/postfix/pmilter/pmilter.sock", "postconf -e 'smtpd_milters = unix:/pmilter/pmilter.sock'", InJail, "smtpd_milters = unix:/var/spool/postfix/pmilter/pmilter.sock\n", Chrooted)]
    [InlineData("ok smtp/inet: asks Pmilter at unix:pmilter/pmilter.sock", "", InJail, "smtpd_milters = unix:pmilter/pmilter.sock\n", Smtp)]
    [InlineData("error smtp/inet: looks for /pmilter/pmilter.sock, and Pmilter listens on /var/spool/postfix/pmilter/pmilter.sock", "postconf -e 'smtpd_milters = unix:/var/spool/postfix/pmilter/pmilter.sock'", InJail, "smtpd_milters = unix:/pmilter/pmilter.sock\n", Smtp)]
    [InlineData("error smtpd_milters: no service asks Pmilter, which listens on unix:/run/pmilter/pmilter.sock", "postconf -e 'smtpd_milters = unix:/run/pmilter/pmilter.sock inet:127.0.0.1:8895'", Unix, Asks, Smtp)]
    public Task Configuration_OverAUnixSocket(string finding, string mend, string socket, string main, string master)
    {
        File.WriteAllText(_site.Configuration, $"geoip: {{ country: '' }}\nserver: {{ listen: ['unix:{socket}'] }}\n");
        return SaysAsync(finding, mend, main, master);
    }

    [Fact]
    public async Task Text_HasTheMendBelow_AndPostconfsColumns()
    {
        var run = await RunAsync("milter_default_action = reject\nsmtpd_milters =\n   inet:127.0.0.1:8895\n", "# service\nsmtp       inet  n       -       -       -       -       smtpd\n    -o { smtpd_banner = hello there }\n");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("ok       smtp/inet: asks Pmilter at inet:127.0.0.1:8895\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("is refused for good\n         mend: postconf -e 'milter_default_action = tempfail'\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_WithoutServices_IsAClearError()
    {
        var run = await RunAsync(Asks, string.Empty);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("append the output of 'postconf -M'", run.Error, StringComparison.Ordinal);
    }

    private async Task SaysAsync(string finding, string mend, string main, string master)
    {
        var run = await RunAsync(main, master, "--format", "json");

        using var json = JsonDocument.Parse(run.Output);
        var all = json.RootElement.EnumerateArray().Select(one => (Said: $"{Of(one, "level")} {Of(one, "what")}: {Of(one, "text")}", Mend: Of(one, "mend"))).ToArray();
        var found = Assert.Single(all, one => one.Said.StartsWith(finding, StringComparison.Ordinal));
        Assert.Contains(mend, found.Mend, StringComparison.Ordinal);
        Assert.Equal(all.Any(one => one.Said.StartsWith("warning", StringComparison.Ordinal) || one.Said.StartsWith("error", StringComparison.Ordinal)) ? 1 : 0, run.ExitCode);

        static string Of(JsonElement one, string name) => one.GetProperty(name).GetString()!;
    }

    private Task<CommandRun> RunAsync(string main, string master, params string[] more)
    {
        var file = Path.Combine(_site.Root, "postconf.txt");
        File.WriteAllText(file, $"{main}\n{master}");
        return CommandRun.OfAsync(["doctor", "--postconf", file, "-c", _site.Configuration, .. more]);
    }
}
