using CsCheck;
using MimeKit.Cryptography;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>Whatever a sender says, our field is ours, and others can read it.</summary>
public sealed class ResultsFieldTests
{
    private static readonly string[] Pieces = ["a", "example", ".", "com", "@", ";", " spf=pass", "(", ")", "\"", "=", "\u00e4", "[192.0.2.1]", "\t", ",", "<", ">", "\\", "mx.evil.example", "dmarc=pass"];

    [Fact]
    public void Field_OfAnySender_HoldsNothingOfTheirs() =>
        Gen.Select(Text, Text, Text, Text).Sample((helo, sender, from, tags) =>
        {
            var scenario = new Scenario(new CompilerOptions { Now = Scenario.Start, Authentication = new AuthenticationOptions("mx.example.jp", []) }, "policy: p\nrules: []\n") { Engine = new EngineOptions { Names = new ScriptedNames() } };
            var client = scenario.Connect();
            client.Helo(helo);
            client.Mail(sender);
            client.Header("From", from);
            client.Header("DKIM-Signature", $"v=1; a=rsa-sha256; h=From; bh=AAAA; b=AAAA; s={tags}; d={from}");
            var field = Assert.Single(client.Eom().Modifications.OfType<InsertHeader>()).Value;

            Assert.True(AuthenticationResults.TryParse(System.Text.Encoding.ASCII.GetBytes(HeaderText.Unfold(field)), out var results), field);
            Assert.Equal("mx.example.jp", results.AuthenticationServiceIdentifier);
            Assert.Equal(["spf", "dkim", "dmarc"], results.Results.Select(result => result.Method));
            Assert.DoesNotContain(results.Results, result => result.Result == "pass");
            Assert.All(field.Split('\n').Skip(1), line => Assert.StartsWith("\t", line, StringComparison.Ordinal));
        });

    private static Gen<string> Text => Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 8].Select(string.Concat);
}
