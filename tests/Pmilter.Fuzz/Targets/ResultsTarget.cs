using System.Collections.Frozen;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>Authentication-Results fields, forged ones among them.</summary>
internal sealed class ResultsTarget : IFuzzTarget
{
    private static readonly FrozenSet<string> Trusted = new[] { "mx.example.jp" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Good =
    [
        "mx.example.jp; spf=pass smtp.mailfrom=a@example.com; dkim=pass header.d=example.com header.i=@example.com; dmarc=pass (p=reject) header.from=example.com",
        "mx.example.jp 1; none",
        "mx.example.jp; dkim=fail reason=\"bad \\\"signature\\\"\" header.d=example.org; arc=none; iprev=pass policy.iprev=192.0.2.1",
        "other.example; dkim=pass header.d=example.net",
    ];

    private static readonly string[] Words = ["mx.example.jp", ";", "dkim=pass", "spf=pass", " header.d=example.org", "(", ")", "\"", "\\", "=", "none", "/", "1", " \n ", "reason=", "dmarc", "."];

    public string Name => "results";

    public string Promise => "any field is read or left out; only the trusted server's count";

    public void Try(Dice dice)
    {
        var headers = new HeaderFacts();
        for (var left = dice.Between(1, 3); left > 0; left--)
        {
            headers.Add(AuthenticationFacts.Header, MailText.Encode(Mutation.Of(dice, dice.Of(Good), Words)), WantedHeaders.All, 100_000);
        }

        var facts = AuthenticationFacts.Read(headers, Trusted);
        foreach (var method in AuthenticationFacts.Methods)
        {
            var result = facts.ResultOf(method);
            BrokenPromiseException.ThrowUnless(result.Length == 0 || headers.All.Any(field => field.Raw.Contains("mx.example.jp", StringComparison.OrdinalIgnoreCase)), $"{method} is '{result}' and no trusted server says so in {string.Join(" / ", headers.All.Select(field => field.Raw))}");
        }

        _ = facts.IsSignedBy("example.com");
    }
}
