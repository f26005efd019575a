using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>A public key as the DNS has it (RFC 6376 3.6.1, RFC 8463 4).</summary>
internal sealed class DkimKey
{
    /// <summary>RFC 8301 3.2: shorter ones do not count.</summary>
    private const int LeastRsaBits = 1024;

    /// <summary>Longer ones cost more than mail is worth.</summary>
    private const int MostRsaBits = 8192;

    private readonly string _type;
    private readonly byte[] _bytes;

    private DkimKey(string type, byte[] bytes)
    {
        _type = type;
        _bytes = bytes;
    }

    /// <summary><c>t=s</c>: not for subdomains.</summary>
    public bool IsStrict { get; private init; }

    /// <summary>Null, and what is wrong, for a record that is no key for such a signature.</summary>
    public static DkimKey? Read(string text, DkimSignature signature, out string error)
    {
        error = "the key cannot be read";
        if (TagList.Read(text) is not { } tags || tags["v"] is not (null or "DKIM1") || tags.Packed("p") is not { } encoded)
        {
            return null;
        }

        if (encoded.Length == 0)
        {
            error = "the key is revoked";
            return null;
        }

        var type = tags.Packed("k")?.ToLowerInvariant() ?? "rsa";
        if ($"{type}-sha256" != signature.Algorithm || (tags["h"] is not null && !tags.Words("h").Contains("sha256", StringComparer.Ordinal)))
        {
            error = "the key is for another algorithm";
            return null;
        }

        if (tags["s"] is not null && !tags.Words("s").Any(service => service is "*" or "email"))
        {
            error = "the key is not for mail";
            return null;
        }

        return DkimSignature.Bytes(encoded) is { } bytes ? new DkimKey(type, bytes) { IsStrict = tags.Words("t").Contains("s", StringComparer.Ordinal) } : null;
    }

    /// <summary>Whether the signature is one of the hash; null, and why, where the key is not acceptable.</summary>
    public bool? Verify(ReadOnlySpan<byte> hash, byte[] signature, out string error)
    {
        error = string.Empty;
        try
        {
            return _type == "rsa" ? VerifyRsa(hash, signature, out error) : VerifyEdwards(hash, signature, out error);
        }
        catch (CryptographicException)
        {
            error = "the key cannot be read";
            return null;
        }
    }

    private bool? VerifyRsa(ReadOnlySpan<byte> hash, byte[] signature, out string error)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(_bytes, out _);
        }
        catch (CryptographicException)
        {
            // RFC 6376 3.6.1 says RSAPublicKey; nearly everybody publishes the above (its erratum 3017).
            rsa.ImportRSAPublicKey(_bytes, out _);
        }

        error = $"the key has {rsa.KeySize} bits";
        return rsa.KeySize is < LeastRsaBits or > MostRsaBits ? null : rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>The base library has no Ed25519; MimeKit brings one along.</summary>
    private bool? VerifyEdwards(ReadOnlySpan<byte> hash, byte[] signature, out string error)
    {
        error = "the key cannot be read";
        if (_bytes.Length != Ed25519.PublicKeySize)
        {
            return null;
        }

        return signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, _bytes, 0, hash.ToArray(), 0, hash.Length);
    }
}
