using Pmilter.Tests.Commands;
using Pmilter.Tests.Faults;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Security;

/// <summary>Everything that is secret in pmilter.yaml, while everything that needs it fails, at the loudest log level.</summary>
public sealed class SecretTests
{
    private const string Secret = "s3cr3t";

    private const string Policy = """
        policy: p
        counters:
          c: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: r, phase: mail, limit: { counter: c, max: 1, hold: 1m }, then: [ notify: hook, tempfail: '4.7.1 no' ] }
        """;

    private const string Configuration = """
        server: { listen: [ 'unix:{folder}/m.sock' ] }
        state: { store: redis, dir: '{folder}/state', redis: '127.0.0.1:1,password=s3cr3t-redis' }
        admin: { socket: '{folder}/admin.sock' }
        log: { level: debug }
        notify:
          hook: { url: 'http://127.0.0.1:1/services/s3cr3t-path', secret_file: '{folder}/hook.secret' }

        """;

    [Fact]
    public async Task Secrets_OfServicesThatFail_AreInNoLineOfLogStatusOrState()
    {
        await using var server = await FaultProcess.StartAsync(Configuration, "printf s3cr3t-hook-0123456789 > {folder}/hook.secret; printf '%s' \"$PMILTER_TEST_POLICY\" > {folder}/policies/10.yaml; exec \"$@\"", ("PMILTER_TEST_POLICY", Policy));
        for (var i = 0; i < 4; i++)
        {
            await server.SendAsync();
        }

        await PmilterChild.UntilAsync(() => server.Process.Errors.Contains("hook", StringComparison.Ordinal) && server.Process.Errors.Contains("degraded", StringComparison.Ordinal), () => server.Process.Errors);
        var status = await CommandRun.OfAsync("status", "-c", Path.Combine(server.Process.Folder, "pmilter.yaml"));
        server.Process.Signal("TERM");
        await server.Process.EndAsync();

        Assert.Contains("redis", status.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, status.Output + status.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, server.Process.Errors, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(server.Process.Folder, "state"), "*", SearchOption.AllDirectories), path => Assert.DoesNotContain(Secret, File.ReadAllText(path), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secret_InALineThatIsShown_IsStarsOfTheSameLength()
    {
        using var site = new SiteFolder("state: { store: redis, redis: 'localhost,password=s3cr3t,ssl=true', nosuchkey: 1 }\ngeoip: { country: '' }\n");

        var check = await CommandRun.OfAsync("check", "-c", site.Configuration);

        Assert.Contains("'localhost,password=******,ssl=true', nosuchkey: 1", check.Output + check.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_InABrokenRedisAddress_IsNotTold()
    {
        using var site = new SiteFolder("state: { store: redis, dir: state, redis: 'localhost,password=s3cr3t,nosuchoption=s3cr3t' }\ngeoip: { country: '' }\n", ("p.yaml", Policy.Replace("notify: hook, ", string.Empty, StringComparison.Ordinal)));

        var check = await CommandRun.OfAsync("check", "-c", site.Configuration);
        var run = await CommandRun.OfAsync("run", "-c", site.Configuration).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.NotEqual(0, run.ExitCode);
        Assert.DoesNotContain(Secret, check.Output + check.Error + run.Output + run.Error, StringComparison.Ordinal);
    }
}
