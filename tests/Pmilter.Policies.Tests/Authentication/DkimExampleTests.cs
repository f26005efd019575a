using Pmilter.Policies.Facts;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>The signed message of RFC 8463 A: Ed25519 and RSA.</summary>
public sealed class DkimExampleTests
{
    private static string Message { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Authentication", "Suite", "rfc8463.eml"));

    [Theory]
    [InlineData("dinner", "dinner", "pass", "pass")]
    [InlineData("hungry yet?", "HUNGRY   yet?", "fail", "fail")]
    [InlineData("game.  Are", "game. \t Are", "pass", "pass")]
    [InlineData("ready?", "cold?", "fail", "fail")]
    [InlineData("b=/gCrin", "b=/gCriN", "fail", "pass")]
    public void Example_OfRfc8463_Verifies(string written, string changed, string edwards, string rsa)
    {
        var names = Checked.Names("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "brisbane._domainkey.football.example.com");
        names["test._domainkey.football.example.com", NameRecordKind.Txt] =
        [
            "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
        ];

        var outcomes = Checked.Dkim(Message.ReplaceLineEndings("\r\n").Replace(written, changed, StringComparison.Ordinal), names);

        Assert.Equal([edwards, rsa], outcomes.Select(outcome => outcome.Word));
    }
}
