using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

public sealed class RigTests
{
    [PostfixFact]
    public async Task Start_WithoutMilter_Delivers()
    {
        using var folder = new TestFolder("rig");
        await using var postfix = await PostfixInstance.StartAsync(folder.Path, string.Empty);
        await using var client = await SmtpClient.ConnectAsAsync(postfix.Port, "203.0.113.9", "mail.spam.example");

        var reply = await client.SendMessageAsync("a@spam.example", ["bob@maildir.test"], "Subject: rig\n\n.dot\n");

        Assert.StartsWith("250 2.0.0 Ok", reply, StringComparison.Ordinal);
        Assert.Contains("\n.dot\n", await postfix.DeliveredAsync("Subject: rig"), StringComparison.Ordinal);
    }
}
