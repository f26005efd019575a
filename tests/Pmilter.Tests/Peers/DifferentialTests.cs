using Pmilter.Fuzz.Inputs;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Peers;

/// <summary>
/// The same rules in C on Sendmail's libmilter and as a policy, under the same commands: what libmilter's own state machine answers is
/// what MTAs were written for. Where we answer otherwise on purpose, docs/faults.md says so, and a test of its own does here.
/// </summary>
public sealed class DifferentialTests
{
    private const int Conversations = 400;

    private const string Policy = """
        policy: same
        rules:
          - { id: connect_reject, phase: connect, when: "client_ip = '192.0.2.2'", then: [ reject: '550 5.7.1 no % never' ] }
          - { id: connect_accept, phase: connect, when: "client_ip = '192.0.2.3'", then: [ accept ] }
          - { id: helo_reject, phase: helo, when: "helo = 'reject'", then: [ reject: '550 5.7.1 no % never' ] }
          - { id: helo_tempfail, phase: helo, when: "helo = 'tempfail'", then: [ tempfail: '450 4.7.1 later' ] }
          - { id: helo_accept, phase: helo, when: "helo = 'accept'", then: [ accept ] }
          - { id: mail_reject, phase: mail, when: "mail_from_user = 'reject'", then: [ reject: '550 5.7.1 no % never' ] }
          - { id: mail_tempfail, phase: mail, when: "mail_from_user = 'tempfail'", then: [ tempfail: '450 4.7.1 later' ] }
          - { id: mail_accept, phase: mail, when: "mail_from_user = 'accept'", then: [ accept ] }
          - { id: mail_discard, phase: mail, when: "mail_from_user = 'discard'", then: [ discard ] }
          - { id: rcpt_reject, phase: rcpt, when: "rcpt_to_user = 'reject'", then: [ reject: '550 5.7.1 no % never' ] }
          - { id: rcpt_tempfail, phase: rcpt, when: "rcpt_to_user = 'tempfail'", then: [ tempfail: '450 4.7.1 later' ] }
          - { id: header_reject, phase: header, when: "header_value = 'reject'", then: [ reject: '550 5.7.1 no % never' ] }
          - { id: header_tempfail, phase: header, when: "header_value = 'tempfail'", then: [ tempfail: '450 4.7.1 later' ] }
          - { id: header_accept, phase: header, when: "header_value = 'accept'", then: [ accept ] }
          - { id: header_discard, phase: header, when: "header_value = 'discard'", then: [ discard ] }
          - { id: data_never, phase: data, when: "mail_from_user = 'never'", then: [ reject ] }
          - { id: eoh_never, phase: eoh, when: "mail_from_user = 'never'", then: [ reject ] }
          - { id: body_never, phase: body, when: "mail_from_user = 'never'", then: [ reject ] }
          - { id: unknown_never, phase: unknown, when: "helo = 'never'", then: [ reject ] }
          - { id: eom_seen, phase: eom, then: [ add_header: 'X-Seen: yes' ] }
        """;

    [LibmilterFact]
    public async Task Commands_InAnyOrder_AreAnsweredAsByLibmilter()
    {
        using var peer = await LibmilterPeer.StartAsync();
        using var site = new ReloadSite(Policy);
        await using var rig = await site.StartAsync(settings => settings with { Listen = ServerRig.Options($"unix:{Path.Combine(site.State, "..", "m.sock")}").Listen });
        await CheckDifferencesAsync(peer.Socket, rig.Address.Host);
        var differences = new List<string>();
        for (var i = 0; i < Conversations; i++)
        {
            var script = DifferentialScript.Of(Dice.Of(5, "differential", i));
            var theirs = await DifferentialWire.RunAsync(peer.Socket, script);
            var ours = await DifferentialWire.RunAsync(rig.Address.Host, script);
            if (!theirs.SequenceEqual(ours, StringComparer.Ordinal))
            {
                differences.Add($"{i}: {script}\n  libmilter {string.Join(' ', theirs)}\n  pmilter   {string.Join(' ', ours)}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {Conversations}:\n{string.Join('\n', differences.Take(12))}");
    }

    /// <summary>
    /// The ones that are wanted: a CONNECT after a command out of order is still taken, and UNKNOWN changes no state (in libmilter anything
    /// may follow it). No MTA says either.
    /// </summary>
    private static async Task CheckDifferencesAsync(string peer, string ours)
    {
        (string Script, string Theirs, string Ours)[] wanted = [("L C", "", "c"), ("C U R", "c c c", "c c"), ("C M U R", "c c c c", "c c c c")];
        foreach (var (script, theirs, expected) in wanted)
        {
            Assert.Equal((script, theirs, expected), (script, await SaidAsync(peer, script), await SaidAsync(ours, script)));
        }
    }

    private static async Task<string> SaidAsync(string path, string script) => string.Join(' ', await DifferentialWire.RunAsync(path, DifferentialScript.AtOnce(script)));
}
