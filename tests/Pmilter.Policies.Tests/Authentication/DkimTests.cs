using CsCheck;
using MimeKit;
using MimeKit.Cryptography;
using Pmilter.Policies.Authentication.Dkim;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>DKIM over messages that MimeKit has signed, and over the examples of the RFCs.</summary>
public sealed class DkimTests
{
    private const string Message = "From: Joe <joe@example.com>\r\nTo: a@example.jp,\r\n\tb@example.jp\r\nSubject:   two  words \r\nDate: Mon, 5 Jan 2026 00:00:00 +0000\r\n\r\nDear  reader, \r\n\r\n  it is \t me.\r\n\r\n\r\n";

    private static readonly string[] Pieces = ["\r\n", "\r", "\n", " ", "\t", "x", "yz", " \r\n"];

    public static TheoryData<DkimCanonicalizationAlgorithm, DkimCanonicalizationAlgorithm, bool> Ways
    {
        get
        {
            var ways = new TheoryData<DkimCanonicalizationAlgorithm, DkimCanonicalizationAlgorithm, bool>();
            foreach (var header in Enum.GetValues<DkimCanonicalizationAlgorithm>())
            {
                foreach (var body in Enum.GetValues<DkimCanonicalizationAlgorithm>())
                {
                    ways.Add(header, body, true);
                    ways.Add(header, body, false);
                }
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Signature_OfAnotherImplementation_Passes(DkimCanonicalizationAlgorithm header, DkimCanonicalizationAlgorithm body, bool hasLeadingSpace)
    {
        var outcome = Assert.Single(Checked.Dkim(Signer.Sign(Message, header, body), Checked.Names(Signer.Record), hasLeadingSpace));

        Assert.Equal(("pass", ""), (outcome.Word, outcome.Reason));
        Assert.Equal("example.com", outcome.Signature?.Domain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("no line end")]
    [InlineData("  \r\n")]
    [InlineData(" \t ")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\r\r\n")]
    [InlineData("a \r\n \r\n\t\r\n")]
    [InlineData("\u00e4\u00ff\r\n.\r\n")]
    public void Body_OfAnyEnd_AgreesWithAnotherImplementation(string body)
    {
        var head = Message[..(Message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)];
        foreach (var way in Enum.GetValues<DkimCanonicalizationAlgorithm>())
        {
            var signed = Signer.Sign(head + body, DkimCanonicalizationAlgorithm.Relaxed, way);
            for (var piece = 1; piece <= 3; piece++)
            {
                Assert.Equal("pass", Assert.Single(Checked.Dkim(signed, Checked.Names(Signer.Record), piece: piece)).Word);
            }
        }
    }

    [Fact]
    public void Body_OfAnyWhiteSpace_AgreesWithAnotherImplementation()
    {
        string[] pieces = ["\r\n", " ", "\t", "x", "yz", ".", " \r\n"];
        var head = Message[..(Message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 20].Select(string.Concat), Gen.Int[1, 5], Gen.Bool, Gen.Bool).Sample((body, piece, isBodyRelaxed, isHeaderRelaxed) =>
        {
            var signed = Signer.Sign(head + body, Way(isHeaderRelaxed), Way(isBodyRelaxed));
            Assert.Equal("pass", Assert.Single(Checked.Dkim(signed, Checked.Names(Signer.Record), piece: piece)).Word);
        });
    }

    [Fact]
    public void Body_InAnyPieces_HasOneHash() =>
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 30].Select(string.Concat), Gen.Int[1, 7], Gen.Bool).Sample((body, piece, isRelaxed) =>
        {
            var method = isRelaxed ? Canonicalization.Relaxed : Canonicalization.Simple;
            Assert.Equal(HashOf(body, method, int.MaxValue), HashOf(body, method, piece));
        });

    /// <summary>Relaxed takes changes of white space; the words are another matter.</summary>
    [Fact]
    public void Message_WithAnyByteChanged_Fails()
    {
        var signed = Signer.Sign(Message, DkimCanonicalizationAlgorithm.Simple, DkimCanonicalizationAlgorithm.Simple);
        var names = Checked.Names(Signer.Record);
        var body = signed.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        var protectedPlaces = Enumerable.Range(signed.IndexOf("From: ", StringComparison.Ordinal) + 6, 20).Concat(Enumerable.Range(body, signed.Length - body - 6)).Where(i => signed[i] is not ('\r' or '\n')).ToArray();
        Gen.Select(Gen.Int[0, protectedPlaces.Length - 1].Select(i => protectedPlaces[i]), Gen.Char['!', '~']).Where((place, other) => signed[place] != other).Sample((place, other) =>
        {
            var changed = signed.ToCharArray();
            changed[place] = other;
            Assert.Equal("fail", Assert.Single(Checked.Dkim(new string(changed), names)).Word);
        });
    }

    [Fact]
    public void Signature_WithAnyCharacterChanged_NeverPasses()
    {
        var signed = Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed);
        var names = Checked.Names(Signer.Record);
        var end = signed.IndexOf("\r\nFrom:", StringComparison.Ordinal);
        var pass = Checked.Dkim(signed, names)[0].Signature!;
        Gen.Select(Gen.Int["DKIM-Signature:".Length, end - 1], Gen.Char['!', '~']).Where((place, other) => signed[place] is not (' ' or '\t' or '\r' or '\n') && signed[place] != other).Sample((place, other) =>
        {
            var changed = signed.ToCharArray();
            changed[place] = other;
            foreach (var outcome in Checked.Dkim(new string(changed), names))
            {
                // A last base64 character carries bits that count for nothing.
                Assert.True(!outcome.IsPass || outcome.Signature!.Value.AsSpan().SequenceEqual(pass.Value), new string(changed));
            }
        });
    }

    [Theory]
    [InlineData("v=DKIM1; p=", "permerror", "the key is revoked")]
    [InlineData("v=DKIM2; p=AAAA", "permerror", "the key cannot be read")]
    [InlineData("no key", "permerror", "the key cannot be read")]
    [InlineData("p=AAAA", "policy", "the key cannot be read")]
    [InlineData("p=%%%", "permerror", "the key cannot be read")]
    [InlineData("k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "permerror", "the key is for another algorithm")]
    [InlineData("h=sha1; p=AAAA", "permerror", "the key is for another algorithm")]
    [InlineData("s=tlsrpt; p=AAAA", "permerror", "the key is not for mail")]
    public void Key_ThatIsNone_IsTold(string record, string word, string reason)
    {
        var outcome = Assert.Single(Checked.Dkim(Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed), Checked.Names(record)));

        Assert.Equal((word, reason), (outcome.Word, outcome.Reason));
    }

    [Fact]
    public void Key_ThatIsShort_DoesNotCount()
    {
        using var shorter = System.Security.Cryptography.RSA.Create(768);

        var outcome = Assert.Single(Checked.Dkim(Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed), Checked.Names($"p={Convert.ToBase64String(shorter.ExportSubjectPublicKeyInfo())}")));

        Assert.Equal(("policy", "the key has 768 bits"), (outcome.Word, outcome.Reason));
    }

    /// <summary>Whatever bytes a domain publishes as its key, there is an outcome, and it is no pass.</summary>
    [Fact]
    public void Key_OfAnyBytes_NeverThrows()
    {
        var signed = Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed);
        var good = Convert.FromBase64String(Signer.Record[(Signer.Record.IndexOf("p=", StringComparison.Ordinal) + 2)..]);

        // In front of the numbers stands what they are; of that the base library is lenient with one byte.
        const int Numbers = 24;
        Gen.Select(Gen.Int[Numbers, good.Length - 1], Gen.Byte, Gen.Int[1, good.Length]).Where((place, value, _) => good[place] != value).Sample((place, value, length) =>
        {
            var bytes = (byte[])good.Clone();
            bytes[place] = value;
            foreach (var key in new[] { bytes, good[..(length - 1)] })
            {
                Assert.False(Assert.Single(Checked.Dkim(signed, Checked.Names($"p={Convert.ToBase64String(key)}"))).IsPass);
            }
        });
    }

    [Fact]
    public void Key_OfAnotherPerson_Fails()
    {
        using var other = System.Security.Cryptography.RSA.Create(1024);
        var record = $"p={Convert.ToBase64String(other.ExportRSAPublicKey())}";

        Assert.Equal("fail", Assert.Single(Checked.Dkim(Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed), Checked.Names(record))).Word);
    }

    [Fact]
    public void Key_ThatIsNotThere_IsAnErrorAndOneThatCannotBeHadIsTemporary()
    {
        var signed = Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed);
        var silent = new ScriptedNames { ["sel._domainkey.example.com", Facts.NameRecordKind.Txt] = null };

        Assert.Equal("permerror", Assert.Single(Checked.Dkim(signed, new ScriptedNames())).Word);
        Assert.Equal("temperror", Assert.Single(Checked.Dkim(signed, silent)).Word);
    }

    /// <summary>RFC 6376 8.15, RFC 7489 6.6.1: a second From above the signed one.</summary>
    [Fact]
    public void Field_AddedAbove_IsNotTheSignedOne()
    {
        var signed = Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed, HeaderId.From, HeaderId.Subject);

        Assert.Equal("pass", Assert.Single(Checked.Dkim("Subject: other\r\n" + signed, Checked.Names(Signer.Record))).Word);
        Assert.Equal("fail", Assert.Single(Checked.Dkim(signed.Replace("\r\nDate:", "\r\nSubject: other\r\nDate:", StringComparison.Ordinal), Checked.Names(Signer.Record))).Word);
    }

    [Theory]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh=AAAA", "b= is missing")]
    [InlineData("v=2; a=rsa-sha256; d=example.com; s=sel; h=From; bh=AAAA; b=AAAA", "a tag has a value that it may not have")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=Subject; bh=AAAA; b=AAAA", "From is not signed")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; s=sel; h=From; bh=AAAA; b=AAAA; i=@other.example", "i= is not below d=")]
    [InlineData("v=1; a=rsa-sha256; d=example.com; d=other.example; s=sel; h=From; bh=AAAA; b=AAAA", "it is no list of tags")]
    [InlineData("v=1; a=rsa-sha256; d=exa mple.com; s=..; h=From; bh=AAAA; b=AAAA", "a tag has a value that it may not have")]
    [InlineData("v=1; a=rsa-sha256; c=nofws; d=example.com; s=sel; h=From; bh=AAAA; b=AAAA", "a tag has a value that it may not have")]
    [InlineData("v=1; a=rsa-sha256; l=-1; d=example.com; s=sel; h=From; bh=AAAA; b=AAAA", "a tag has a value that it may not have")]
    [InlineData("nonsense", "it is no list of tags")]
    public void Signature_ThatCannotBeRead_IsNeutral(string field, string reason)
    {
        var names = new ScriptedNames();
        var outcome = Assert.Single(Checked.Dkim($"DKIM-Signature: {field}\r\nFrom: a@example.com\r\n\r\nx\r\n", names));

        Assert.Equal(("neutral", reason), (outcome.Word, outcome.Reason));
        Assert.Empty(names.Asked);
    }

    [Theory]
    [InlineData("s=20230601", "20230601._domainkey.example.com")]
    [InlineData("s=A.b_c", "a.b_c._domainkey.example.com")]
    public void Selector_OfAnyKind_IsAskedFor(string tag, string asked)
    {
        var names = new ScriptedNames();
        Checked.Dkim($"DKIM-Signature: v=1; a=rsa-sha256; {tag}; d=EXAMPLE.com; h=From; bh=s14J+iztnrytnRYzb7lhFG/jS/vrxWJnnahfijFMnco=; b=AAAA\r\nFrom: a@example.com\r\n\r\nx\r\n", names);

        Assert.Equal([$"Txt {asked}"], names.Asked, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void Key_BesideOtherTexts_IsFound()
    {
        var names = new ScriptedNames { ["sel._domainkey.example.com", Facts.NameRecordKind.Txt] = ["v=spf1 -all", Signer.Record] };

        Assert.Equal("pass", Assert.Single(Checked.Dkim(Signer.Sign(Message, DkimCanonicalizationAlgorithm.Relaxed, DkimCanonicalizationAlgorithm.Relaxed), names)).Word);
    }

    /// <summary>RFC 8301: SHA-1 and short keys do not count; nor does what is not wholly signed.</summary>
    [Theory]
    [InlineData("a=rsa-sha1; bh=AAAA", "policy")]
    [InlineData("a=rsa-sha512; bh=AAAA", "neutral")]
    [InlineData("a=rsa-sha256; x=1; bh=AAAA", "fail")]
    [InlineData("a=rsa-sha256; bh=AAAA", "fail")]
    [InlineData("a=rsa-sha256; l=100; bh=AAAA", "fail")]
    [InlineData("a=rsa-sha256; l=0; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "policy")]
    public void Signature_ThatIsClearWithoutAKey_AsksNobody(string tags, string word)
    {
        var names = new ScriptedNames();
        var outcome = Assert.Single(Checked.Dkim($"DKIM-Signature: v=1; {tags}; d=example.com; s=sel; h=From; b=AAAA\r\nFrom: a@example.com\r\n\r\nx\r\n", names));

        Assert.Equal(word, outcome.Word);
        Assert.Empty(names.Asked);
    }

    [Fact]
    public void Signatures_ByTheHundred_AreNotAllLookedAt()
    {
        var names = new ScriptedNames();
        var field = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=From; l=0; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n";

        Assert.Equal(8, Checked.Dkim(string.Concat(Enumerable.Repeat(field, 100)) + "From: a@example.com\r\n\r\n", names).Count);
    }

    [Fact]
    public void Text_OfAnyKind_NeverThrows()
    {
        var pieces = new[] { "v=1", ";", " ", "a=rsa-sha256", "b=", "=", "bh=AAAA", "d=example.com", "s=sel", "h=From", ":", "\r\n ", "\u00ff", "l=9", "x=", "i=@" };
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[1, 30].Sample(parts => Checked.Dkim($"DKIM-Signature: {string.Concat(parts)}\r\nFrom: a@example.com\r\n\r\nx\r\n", Checked.Names("p=AAAA")));
    }

    private static DkimCanonicalizationAlgorithm Way(bool isRelaxed) => isRelaxed ? DkimCanonicalizationAlgorithm.Relaxed : DkimCanonicalizationAlgorithm.Simple;

    private static string HashOf(string body, Canonicalization method, int piece)
    {
        using var hasher = new BodyCanonicalizer(method, null);
        for (var i = 0; i < body.Length; i += Math.Min(piece, body.Length))
        {
            hasher.Add(System.Text.Encoding.Latin1.GetBytes(body.Substring(i, Math.Min(piece, body.Length - i))));
        }

        return Convert.ToHexString(hasher.Complete());
    }
}
