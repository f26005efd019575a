using System.Security.Cryptography;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>
/// A message's signatures as it goes by: header fields are kept until its end, the body is hashed in passing, once for each way in which a
/// signature wants it. Without a signature nothing of the body is looked at.
/// </summary>
internal sealed class DkimMessage(long headersLimitBytes) : IDisposable
{
    /// <summary>Further ones are not looked at: each costs a question and a hash of the body.</summary>
    private const int MostSignatures = 8;

    private readonly List<HeaderField> _fields = [];
    private readonly List<DkimOutcome> _broken = [];
    private readonly List<(HeaderField Field, DkimSignature Signature, BodyCanonicalizer Body)> _signatures = [];
    private readonly List<BodyCanonicalizer> _bodies = [];
    private readonly Dictionary<string, List<HeaderField>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private long _bytes;
    private bool _hasBody;

    /// <summary>Signatures that were read, in the order of the fields.</summary>
    public IEnumerable<DkimSignature> Signatures => _signatures.Select(signed => signed.Signature);

    /// <summary>Signatures that cannot be processed.</summary>
    public IReadOnlyList<DkimOutcome> Broken => _broken;

    /// <summary>The header is longer than what is kept: nothing can be said of signatures.</summary>
    public bool IsTruncated { get; private set; }

    public void Add(string name, ReadOnlySpan<byte> value, bool hasLeadingSpace)
    {
        _bytes += name.Length + value.Length + 4;
        IsTruncated |= _bytes > headersLimitBytes;
        if (!IsTruncated)
        {
            _fields.Add(HeaderField.Of(name, value, hasLeadingSpace));
        }
    }

    public void Add(ReadOnlySpan<byte> chunk)
    {
        BeginBody();
        foreach (var body in _bodies)
        {
            body.Add(chunk);
        }
    }

    /// <summary>What is signed, once the message is over: the hash that the signature is of, or an outcome that is clear without a key.</summary>
    public IEnumerable<(DkimSignature Signature, byte[] Hash, DkimOutcome? Clear)> Complete(long now)
    {
        BeginBody();
        var hashes = _bodies.ToDictionary(body => body, body => body.Complete());
        foreach (var (field, signature, body) in _signatures)
        {
            var clear = Judge(signature, hashes[body], body.Length, now);
            yield return (signature, clear is null ? HashOf(field, signature) : [], clear);
        }
    }

    public void Dispose()
    {
        foreach (var body in _bodies)
        {
            body.Dispose();
        }
    }

    private static DkimOutcome? Judge(DkimSignature signature, byte[] bodyHash, long bodyLength, long now)
    {
        if (signature.Algorithm is not ("rsa-sha256" or "ed25519-sha256"))
        {
            // RFC 8301 3.1: SHA-1 is no signature any more.
            return signature.Algorithm == "rsa-sha1"
                ? new DkimOutcome(DkimOutcome.Policy, "SHA-1 is not accepted", signature)
                : new DkimOutcome(DkimOutcome.Neutral, "unknown algorithm", signature);
        }

        if (signature.Expires is { } expires && expires < now)
        {
            return new DkimOutcome(DkimOutcome.Fail, "signature has expired", signature);
        }

        if (signature.BodyBytes > bodyLength || !bodyHash.AsSpan().SequenceEqual(signature.BodyHash))
        {
            return new DkimOutcome(DkimOutcome.Fail, "body hash did not verify", signature);
        }

        // What stands below could be anybody's (RFC 6376 8.2).
        return signature.BodyBytes < bodyLength ? new DkimOutcome(DkimOutcome.Policy, "a part of the body is not signed", signature) : null;
    }

    /// <summary>At the first piece of the body all signatures are there.</summary>
    private void BeginBody()
    {
        if (_hasBody)
        {
            return;
        }

        _hasBody = true;
        foreach (var field in _fields.Where(field => field.Is(DkimSignature.Header)).Take(MostSignatures))
        {
            if (DkimSignature.Read(MailText.Decode(field.Value), out var error) is not { } signature)
            {
                _broken.Add(new DkimOutcome(DkimOutcome.Neutral, error, null));
                continue;
            }

            var body = _bodies.Find(known => known.Method == signature.OfBody && known.Limit == signature.BodyBytes);
            if (body is null)
            {
                body = new BodyCanonicalizer(signature.OfBody, signature.BodyBytes);
                _bodies.Add(body);
            }

            _signatures.Add((field, signature, body));
        }

        foreach (var field in _signatures.Count > 0 ? _fields : [])
        {
            if (!_byName.TryGetValue(field.Name.TrimEnd(), out var alike))
            {
                _byName[field.Name.TrimEnd()] = alike = [];
            }

            alike.Add(field);
        }

        _fields.Clear();
    }

    /// <summary>RFC 6376 3.7: of fields of one name the lowest first; one that is not there is empty.</summary>
    private byte[] HashOf(HeaderField own, DkimSignature signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in signature.Fields)
        {
            var before = taken[name] = taken.GetValueOrDefault(name) + 1;
            if (!_byName.TryGetValue(name, out var alike) || before > alike.Count)
            {
                continue;
            }

            hash.AppendData(alike[^before].Canonical(signature.OfHeader));
            hash.AppendData("\r\n"u8);
        }

        hash.AppendData(own.WithoutSignature().Canonical(signature.OfHeader));
        return hash.GetHashAndReset();
    }
}
