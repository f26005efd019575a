using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary><c>pmilter doctor</c> beside a real Postfix: what <c>postconf</c>, the socket's file and the user's groups say.</summary>
public sealed class DoctorTests
{
    private const string Policy = "policy: p\nrules: []\n";

    [PostfixFact]
    public async Task Rig_OverAUnixSocket_IsWell_UntilItsSocketIsShut()
    {
        await using var rig = await MailRig.StartAsync(Policy, isUnix: true);

        var (exitCode, output) = await rig.DoctorAsync();

        Assert.True(exitCode == 0, output);
        Assert.Matches(@"(?m)^ok +127\.0\.0\.1:\d+/inet: asks Pmilter at unix:.*pmilter\.sock$", output);
        Assert.Matches(@"(?m)^ok +/tmp/.*pmilter\.sock: postfix may open it \(srw-rw----, root:postfix\)$", output);
        Assert.Contains("ok       milter_default_action: tempfail", output, StringComparison.Ordinal);
        Assert.Contains("127.0.0.0/8 may present other clients", output, StringComparison.Ordinal);

        var socket = output.Split('\n').Single(line => line.Contains("may open it", StringComparison.Ordinal)).Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)[1];
        File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (exitCode, output) = await rig.DoctorAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("postfix may not write to it (srw-------, root:postfix)\n         mend: in pmilter.yaml, server.listen: mode: '0660'", output, StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Rig_WhoseActionRejects_IsTold()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await rig.Postfix.SetAsync("milter_default_action=reject", "milter_command_timeout=8s");

        var (exitCode, output) = await rig.DoctorAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("mend: postconf -e 'milter_default_action = tempfail'", output, StringComparison.Ordinal);
        Assert.Contains("mend: postconf -e 'milter_command_timeout = 24s'", output, StringComparison.Ordinal);
    }
}
