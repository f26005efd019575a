using System.Text.Json;
using Pmilter.Doctor;
using Pmilter.Doctor.Sendmail;
using Pmilter.Policies.Evaluation;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Doctor;

/// <summary><c>pmilter doctor --sendmail-cf</c>: what is wrong, and the line of sendmail.mc that mends it.</summary>
public sealed class SendmailDoctorTests : IDisposable
{
    private const string Head = "V10/Berkeley\n# level 10\nDZ8.17.1.9/Debian-2\nCw localhost\n";
    private const string Asks = "O InputMailFilters=pmilter\n";
    private const string Macros =
        "O Milter.macros.connect=j, _, {daemon_name}, {if_name}, {if_addr}\nO Milter.macros.helo={tls_version}, {cipher}, {cipher_bits}, {cert_subject}, {cert_issuer}\n"
        + "O Milter.macros.envfrom=i, {auth_type}, {auth_authen}, {auth_ssf}, {auth_author}, {mail_mailer}, {mail_host}, {mail_addr}\n";

    private const string Good = Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=C:5s;S:10s;R:10s;E:5m\n";
    private const string Unix = "/run/pmilter/pmilter.sock";
    private const string OverUnix = Asks + "Xpmilter, S=unix:/run/pmilter/pmilter.sock, F=T, T=C:5s;S:10s;R:10s;E:5m\n";

    private readonly SiteFolder _site = new("geoip: { country: '' }\n", ("p.yaml", "policy: p\nrules: []\n"));

    public void Dispose() => _site.Dispose();

    [Theory]
    // Who asks.
    [InlineData("ok InputMailFilters: pmilter asks Pmilter at inet:8895@127.0.0.1", "", Good)]
    [InlineData("ok InputMailFilters: pmilter asks Pmilter at inet:8895@localhost", "", "O InputMailFilters = opendkim, pmilter\nXopendkim, S=inet:8891@127.0.0.1\nXpmilter, S=inet:8895@localhost\n")]
    [InlineData("ok InputMailFilters: pmilter asks Pmilter at inet:8895@127.0.0.1", "", "O inputmailfilters=pmilter\nXpmilter, S=inet:8895@127.0.0.1,\n\tF=T,\n\tT=R:10s\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter, which listens on inet:127.0.0.1:8895", "INPUT_MAIL_FILTER(`pmilter', `S=inet:8895@127.0.0.1, F=T, T=C:5s;S:10s;R:10s;E:5m')dnl", "O MaxDaemonChildren=12\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter", "INPUT_MAIL_FILTER(`pmilter'", "O InputMailFilters=other\nXother, S=inet:8891@127.0.0.1, F=T\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter", "INPUT_MAIL_FILTER(`pmilter'", Asks + "Xpmilter, S=inet:8895@192.0.2.1, F=T\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter", "INPUT_MAIL_FILTER(`pmilter'", Asks + "Xpmilter, S=tcp:8895, F=T\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter", "INPUT_MAIL_FILTER(`pmilter'", "O InputMailFilters=pmilter\n#Xpmilter, S=inet:8895@127.0.0.1\n")]
    [InlineData("error InputMailFilters: pmilter leads to Pmilter, and is not among the filters that are asked", "define(`confINPUT_MAIL_FILTERS', `pmilter')dnl", "O Milter.LogLevel=9\nXpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    [InlineData("error InputMailFilters: pmilter leads to Pmilter", "define(`confINPUT_MAIL_FILTERS', `other, pmilter')dnl", "O InputMailFilters=other\nXother, S=inet:8891@127.0.0.1\nXpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    [InlineData("note InputMailFilters: pmilter leads to Pmilter", "define(`confINPUT_MAIL_FILTERS', `pmilter')dnl", "O DaemonPortOptions=Name=MTA, Port=smtp, InputFilter=pmilter\nXpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    [InlineData("warning DaemonPortOptions MSA: has filters of its own (other)", "DAEMON_OPTIONS(`Name=MSA, Port=587, I=other, M=Ea') with InputFilter=other;pmilter", Good + "Xother, S=inet:8891@127.0.0.1\nO DaemonPortOptions=Name=MTA, Port=smtp\nO DaemonPortOptions=Name=MSA, Port=587, I=other, M=Ea\n")]
    [InlineData("error InputMailFilters: gone is asked and has no line of its own", "MAIL_FILTER(`gone'", "O InputMailFilters=gone, pmilter\nXpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    // What if we do not answer.
    [InlineData("ok Xpmilter F: T: while Pmilter is away mail waits", "", Good)]
    [InlineData("ok Xpmilter F: 4: while Pmilter is away connections are cut with 421", "", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=4\n")]
    [InlineData("note Xpmilter F: not set: while Pmilter is away mail passes unfiltered", "INPUT_MAIL_FILTER(`pmilter', `S=inet:8895@127.0.0.1, F=T, T=R:20s')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, T=R:20s\n")]
    [InlineData("error Xpmilter F: R: while Pmilter is away, or restarts, every mail is refused for good", "INPUT_MAIL_FILTER(`pmilter', `S=inet:8895@127.0.0.1, F=T')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=R\n")]
    [InlineData("error Xpmilter F: 'X' is none of T, R and 4", "F=T", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=X\n")]
    // How long.
    [InlineData("ok Xpmilter T=R: 10s, longer than 8s", "", Good)]
    [InlineData("ok Xpmilter T=R: 10s (not set), longer than 8s", "", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    [InlineData("ok Xpmilter T=R: 1m30s, longer than 8s", "", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=R:1m30s\n")]
    [InlineData("error Xpmilter T=R: 8 is not longer than 8s", "INPUT_MAIL_FILTER(`pmilter', `S=inet:8895@127.0.0.1, F=T, T=C:5s;R:10s;E:5m')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=C:5s;R:8;E:5m\n")]
    [InlineData("ok Xpmilter T=E: 5m, longer than 60s", "", Good)]
    [InlineData("error Xpmilter T=E: 30s is not longer than 60s", "T=S:10s;E:5m')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=S:10s;E:30s\n")]
    [InlineData("warning Xpmilter T=R: 'soon' is no time that Sendmail would take", "T=R:10s')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=R:soon\n")]
    [InlineData("warning Xpmilter T=C: 'x' is no time", "T=C:5m')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T, T=C:x\n")]
    public Task Configuration_OverTcp(string finding, string mend, string text) => SaysAsync(finding, mend, text);

    [Theory]
    [InlineData("event_deadline: 12s", "error Xpmilter T=R: 10s (not set) is not longer than 12s", "T=R:18s')dnl", Asks + "Xpmilter, S=inet:8895@127.0.0.1, F=T\n")]
    [InlineData("eom_deadline: 10m", "error Xpmilter T=E: 5m is not longer than 600s", "E:900s')dnl", Good)]
    public Task Configuration_OfOurDeadlines(string server, string finding, string mend, string text)
    {
        File.WriteAllText(_site.Configuration, $"geoip: {{ country: '' }}\nserver: {{ {server} }}\n");
        return SaysAsync(finding, mend, text);
    }

    [Theory]
    [InlineData("ok InputMailFilters: pmilter asks Pmilter at unix:/run/pmilter/pmilter.sock", "", OverUnix)]
    [InlineData("ok InputMailFilters: pmilter asks Pmilter at local:/run/pmilter/pmilter.sock", "", Asks + "Xpmilter, S=local:/run/pmilter/pmilter.sock, F=T\n")]
    [InlineData("note /run/pmilter/pmilter.sock: whether Sendmail may open it is not known", "", OverUnix)]
    [InlineData("error Xpmilter S: looks for /var/run/pmilter.sock, and Pmilter listens on /run/pmilter/pmilter.sock", "INPUT_MAIL_FILTER(`pmilter', `S=unix:/run/pmilter/pmilter.sock, F=T')dnl", Asks + "Xpmilter, S=local:/var/run/pmilter.sock, F=T\n")]
    [InlineData("error InputMailFilters: no filter leads to Pmilter, which listens on unix:/run/pmilter/pmilter.sock", "S=unix:/run/pmilter/pmilter.sock, F=T", Good)]
    public Task Configuration_OverAUnixSocket(string finding, string mend, string text)
    {
        File.WriteAllText(_site.Configuration, $"geoip: {{ country: '' }}\nserver: {{ listen: ['unix:{Unix}'] }}\n");
        return SaysAsync(finding, mend, text);
    }

    [Theory]
    [InlineData("ok Milter.macros: what the policies read is sent, or asked for", "", "authenticated", Macros)]
    [InlineData("ok Milter.macros: what the policies read is sent, or asked for", "", "client_ptr = 'x'", Macros)]
    [InlineData("ok Milter.macros: what the policies read is sent, or asked for", "", "mail_from = 'x'", "")]
    [InlineData("warning Milter.macros.envfrom: {auth_authen} is not sent: sasl_login is empty", "define(`confMILTER_MACROS_ENVFROM', `i, {auth_type}, {auth_authen}')dnl", "sasl_login = 'x'", "O Milter.macros.envfrom=i, {auth_type}\n")]
    [InlineData("warning Milter.macros.envfrom: {auth_type}, {auth_authen} are not sent: sasl_method, sasl_login are empty", "{auth_type}, {auth_authen}, {auth_ssf}", "sasl_login = 'x' or sasl_method = 'PLAIN'", "")]
    [InlineData("warning Milter.macros.helo: {tls_version} is not sent: tls is empty", "define(`confMILTER_MACROS_HELO', `{tls_version}, {cipher}", "not tls", "")]
    public Task Macros_OfTheLoadedPolicies(string finding, string mend, string when, string text)
    {
        File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), $"policy: p\nrules:\n  - {{ id: r, phase: rcpt, when: \"{when}\", then: [ reject ] }}\n");
        return SaysAsync(finding, mend, Good + text);
    }

    [Theory]
    [InlineData("DZ8.13.8\n", "warning Milter.macros.connect: {client_ptr} is not sent, and Sendmail 8.13.8 cannot be asked for it: macro('{client_ptr}') is empty", "define(`confMILTER_MACROS_CONNECT', `j, _, {daemon_name}, {if_name}, {if_addr}, {client_ptr}')dnl")]
    [InlineData("DZ8.14.0\n", "ok Milter.macros: what the policies read is sent, or asked for", "")]
    [InlineData("", "ok Milter.macros: what the policies read is sent, or asked for", "")]
    public Task Macros_OfAnOldSendmail_CannotBeAskedFor(string version, string finding, string mend)
    {
        File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), "policy: p\nrules:\n  - { id: r, phase: rcpt, when: \"client_ptr = 'x'\", then: [ reject ] }\n");
        return SaysAsync(finding, mend, version + Good + Macros, head: string.Empty);
    }

    [Fact]
    public Task Macros_OfBrokenPolicies_AreNotKnown()
    {
        File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), "policy: p\nrules: nonsense\n");
        return SaysAsync("note Milter.macros: the policies have errors", "", Good);
    }

    /// <summary>Mode, owner and group of the socket and its folder, Sendmail's user and her groups.</summary>
    [Theory]
    [InlineData("Good /run/pmilter/pmilter.sock: root may open it", "", "srw-rw----", "drwxr-xr-x", "", "")]
    [InlineData("Good /run/pmilter/pmilter.sock: smmsp may open it", "", "srw-rw----", "drwxr-xr-x", "O RunAsUser=smmsp:smmsp\n", "smmsp pmilter")]
    [InlineData("Error /run/pmilter/pmilter.sock: smmsp may not write to it (srw-rw----, pmilter:pmilter)", "usermod -a -G pmilter smmsp", "srw-rw----", "drwxr-xr-x", "O RunAsUser=smmsp\n", "smmsp")]
    [InlineData("Error /run/pmilter: smmsp may not pass through it", "chmod o+x /run/pmilter", "srw-rw-rw-", "drwxr-x---", "O RunAsUser=smmsp\n", "smmsp")]
    [InlineData("Error /run/pmilter: others than its owner may write to it (drwxrwxr-x, pmilter:pmilter): Sendmail calls a socket below it unsafe", "chmod go-w /run/pmilter", "srw-rw----", "drwxrwxr-x", "", "")]
    [InlineData("Error /run/pmilter/pmilter.sock: is not there", "systemctl start pmilter", "", "drwxr-xr-x", "", "")]
    public async Task Rights_OnTheSocket(string finding, string mend, string socket, string folder, string option, string groups)
    {
        var place = new PatientPlace(
            path => Task.FromResult<(string, string, string)?>(path switch
            {
                Unix => socket.Length > 0 ? (socket, "pmilter", "pmilter") : null,
                "/run/pmilter" => (folder, "pmilter", "pmilter"),
                _ => ("drwxr-xr-x", "root", "root"),
            }),
            _ => Task.FromResult<IReadOnlyList<string>>(groups.Split(' ')));
        var patient = new SendmailPatient(SendmailReader.Read(option + OverUnix), ServerRig.Options($"unix:{Unix}"), PolicySet.Empty, place);

        var found = Assert.Single(await PathChecks.OfAsync(patient), one => $"{one.Level} {one.What}: {one.Text}".StartsWith(finding, StringComparison.Ordinal));

        Assert.Contains(mend, found.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_ThatIsNotSendmailCf_IsAClearError()
    {
        var mc = await RunAsync("define(`confMILTER_LOG_LEVEL', `9')dnl\n");
        Assert.Equal(2, mc.ExitCode);
        Assert.Contains("it is sendmail.cf that is read, not sendmail.mc", mc.Error, StringComparison.Ordinal);

        var both = await RunAsync(Good, "--postconf", "x");
        Assert.Equal(2, both.ExitCode);
        Assert.Contains("give one of them", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Good_EndsWithZero()
    {
        var run = await RunAsync(Head + Good + Macros);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(5, run.Output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    private async Task SaysAsync(string finding, string mend, string text, string head = Head)
    {
        var run = await RunAsync(head + text, "--format", "json");

        using var json = JsonDocument.Parse(run.Output);
        var all = json.RootElement.EnumerateArray().Select(one => (Said: $"{Of(one, "level")} {Of(one, "what")}: {Of(one, "text")}", Mend: Of(one, "mend"))).ToArray();
        var found = Assert.Single(all, one => one.Said.StartsWith(finding, StringComparison.Ordinal));
        Assert.Contains(mend, found.Mend, StringComparison.Ordinal);
        Assert.Equal(all.Any(one => one.Said.StartsWith("warning", StringComparison.Ordinal) || one.Said.StartsWith("error", StringComparison.Ordinal)) ? 1 : 0, run.ExitCode);

        static string Of(JsonElement one, string name) => one.GetProperty(name).GetString()!;
    }

    private Task<CommandRun> RunAsync(string text, params string[] more)
    {
        var file = Path.Combine(_site.Root, "sendmail.cf");
        File.WriteAllText(file, text);
        return CommandRun.OfAsync(["doctor", "--sendmail-cf", file, "-c", _site.Configuration, .. more]);
    }
}
