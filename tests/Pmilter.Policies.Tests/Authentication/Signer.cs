using System.Security.Cryptography;
using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;

namespace Pmilter.Policies.Tests.Authentication;

/// <summary>Signs messages with MimeKit's signer: not our own code on both sides.</summary>
internal static class Signer
{
    public const string Domain = "example.com";
    public const string Selector = "sel";

    private static readonly RSA Rsa = RSA.Create(2048);

    /// <summary>The record of the key.</summary>
    public static string Record { get; } = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(Rsa.ExportSubjectPublicKeyInfo())}";

    /// <summary>A message with its signature on top, as it goes over the wire.</summary>
    public static string Sign(string message, DkimCanonicalizationAlgorithm header, DkimCanonicalizationAlgorithm body, params HeaderId[] fields)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(message));
        var parsed = MimeMessage.Load(stream);
        var key = DotNetUtilities();
        var signer = new DkimSigner(key, Domain, Selector, DkimSignatureAlgorithm.RsaSha256)
        {
            HeaderCanonicalizationAlgorithm = header,
            BodyCanonicalizationAlgorithm = body,
            AgentOrUserIdentifier = $"@{Domain}",
        };
        signer.Sign(Format(), parsed, fields.Length > 0 ? fields : [HeaderId.From, HeaderId.Subject, HeaderId.To]);
        var field = parsed.Headers.First(h => h.Id == HeaderId.DkimSignature);
        return $"DKIM-Signature:{Encoding.Latin1.GetString(field.RawValue).ReplaceLineEndings("\r\n").TrimEnd()}\r\n{message}";
    }

    private static FormatOptions Format()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }

    private static AsymmetricKeyParameter DotNetUtilities() => PrivateKeyFactory.CreateKey(Rsa.ExportPkcs8PrivateKey());
}
