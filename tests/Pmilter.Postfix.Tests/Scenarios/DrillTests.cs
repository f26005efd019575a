using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>
/// The incident drill (docs/incident-drill.md): a wrong policy at full load under a real Postfix. <c>tests/drill.sh</c> runs it at length.
/// </summary>
public sealed partial class DrillTests
{
    private const int Min = 100;
    private const double Share = 0.1;
    private const int Connections = 8;

    private const string Settings = """
        protect: { clients: [198.51.100.7] }
        fuse: { refused_share: 10%, min: 100, in: 10m }
        """;

    private const string Right = """
        policy: drill
        lists:
          customers: { type: cidr, items: ['192.0.2.0/24', '203.0.113.0/24'] }
        patterns:
          bait: '(lottery|unpaid invoice)'
        rules:
          - { id: spam, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 spam' ] }
          - { id: strangers, phase: rcpt, unless: "in_list(client_ip, 'customers')", then: [ reject: '5.7.1 only customers' ] }
          - { id: closed, phase: rcpt, when: "client_country = 'KP'", then: [ reject: '5.7.1 closed' ] }
          - { id: bait, phase: eoh, when: "matches(subject, 'bait')", then: [ reject: '5.7.1 bait' ] }
        """;

    private static int Messages => int.TryParse(Environment.GetEnvironmentVariable("DRILL_MESSAGES"), CultureInfo.InvariantCulture, out var messages) ? messages : 600;

    [PostfixFact]
    public Task EmptiedWhitelist() => DrillAsync("emptied whitelist", "strangers", Right.Replace("['192.0.2.0/24', '203.0.113.0/24']", "['192.0.2.254']", StringComparison.Ordinal));

    /// <summary>Half of the customers sit in a network that the data still have in a closed country.</summary>
    [PostfixFact]
    public Task StaleCountryData() => DrillAsync("stale country data", "closed", Right.Replace("client_country = 'KP'", "in(client_country, 'KP', 'RU')", StringComparison.Ordinal));

    [PostfixFact]
    public Task ForgottenWhen() => DrillAsync("forgotten when", "bait", Right.Replace("when: \"matches(subject, 'bait')\", ", string.Empty, StringComparison.Ordinal).Replace("patterns:\n  bait: '(lottery|unpaid invoice)'\n", string.Empty, StringComparison.Ordinal));

    private static async Task DrillAsync(string name, string rule, string wrong)
    {
        Assert.NotEqual(Right, wrong);
        await using var rig = await MailRig.StartAsync(Right, more: _ => Settings);
        var load = new DrillLoad(rig, Connections);
        var watch = Stopwatch.StartNew();
        var sending = load.RunAsync();
        await load.MoreAsync(Messages / 4);
        Assert.Equal(0, load.Refused("customer"));

        var asOf = load.Answered;
        rig.WritePolicy(wrong);
        await MustAsync(rig, "reload");
        var began = watch.Elapsed;
        await rig.Pmilter.SaysAsync($"Fuse blown: drill/{rule} ");
        var blew = watch.Elapsed - began;
        await load.MoreAsync(Messages / 4);
        var refused = load.Refused("customer");

        await MustAsync(rig, "rollback");
        await MustAsync(rig, "mode", "all", "enforce");
        await load.MoreAsync(Messages / 4);
        load.End();
        await sending;
        var seconds = watch.Elapsed.TotalSeconds;
        await Wait.ForAsync(() => rig.Postfix.Delivered >= load.Accepted ? "yes" : null, $"{load.Accepted} messages in the mailbox");

        // Of the messages that had come when it blew, as the log says.
        var messages = int.Parse(Blew().Match(rig.Pmilter.Log).Groups[1].Value, CultureInfo.InvariantCulture);
        var bound = (int)Math.Max(Min - 1, Share * messages);
        Report(name, load, seconds, asOf, blew, bound, refused);
        Assert.InRange(load.Refused("customer"), 1, bound);
        Assert.Equal(refused, load.Refused("customer"));
        Assert.Equal((0, 0), (load.Refused("postmaster"), load.Refused("relay")));
        Assert.Empty(load.Others);
        Assert.Equal(load.Accepted, rig.Postfix.Delivered);
        Assert.Equal(load.Count("spam"), load.Refused("spam"));
        await using var stranger = await rig.ConnectAsAsync("198.51.100.66");
        Assert.Equal("550 5.7.1 only customers", await stranger.SendMessageAsync("a@b.example", ["user@maildir.test"], "Subject: x\n\n1\n"));
    }

    [GeneratedRegex(@"Fuse blown: .* of (\d+) messages")]
    private static partial Regex Blew();

    private static async Task MustAsync(MailRig rig, params string[] command)
    {
        var (exitCode, output) = await rig.AskAsync(command);
        Assert.True(exitCode == 0, $"pmilter {string.Join(' ', command)} ended with {exitCode}: {output}");
    }

    private static void Report(string name, DrillLoad load, double seconds, int asOf, TimeSpan blew, int bound, int refused)
    {
        if (Environment.GetEnvironmentVariable("DRILL_TABLE") is { Length: > 0 } table)
        {
            File.AppendAllText(table, string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-20} {load.Answered,8} {load.Answered / seconds,7:0} {asOf,10} {refused,8} {bound,6} {blew.TotalMilliseconds,8:0} {load.Refused("postmaster") + load.Refused("relay"),10} {load.Refused("spam"),6} {load.Others.Count,5}\n"));
        }
    }
}
