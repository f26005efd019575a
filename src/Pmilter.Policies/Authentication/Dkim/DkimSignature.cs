using System.Globalization;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lookups;

namespace Pmilter.Policies.Authentication.Dkim;

/// <summary>How a header or a body is made alike before it is hashed (RFC 6376 3.4).</summary>
internal enum Canonicalization
{
    Simple,
    Relaxed,
}

/// <summary>A DKIM-Signature, read (RFC 6376 3.5).</summary>
internal sealed record DkimSignature
{
    public const string Header = "DKIM-Signature";

    public required string Domain { get; init; }

    public required string Selector { get; init; }

    /// <summary><c>rsa-sha256</c>, <c>ed25519-sha256</c>, or what we do not verify.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The domain of <c>i=</c>: the signer's, or below it.</summary>
    public required string AgentDomain { get; init; }

    public required byte[] Value { get; init; }

    /// <summary>The first characters of <c>b=</c>, to tell several apart (RFC 6008).</summary>
    public required string ValueBegins { get; init; }

    public required byte[] BodyHash { get; init; }

    /// <summary>In the order of <c>h=</c>; a name may stand there several times.</summary>
    public required string[] Fields { get; init; }

    public Canonicalization OfHeader { get; init; }

    public Canonicalization OfBody { get; init; }

    /// <summary>So much of the body is signed; null for all.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>Seconds since 1970; null where it does not expire.</summary>
    public long? Expires { get; init; }

    /// <summary>Null, and what is wrong, for one that cannot be processed.</summary>
    public static DkimSignature? Read(string raw, out string error)
    {
        error = "it is no list of tags";
        if (TagList.Read(raw) is not { } tags)
        {
            return null;
        }

        foreach (var needed in (ReadOnlySpan<string>)["v", "a", "b", "bh", "d", "h", "s"])
        {
            if (string.IsNullOrEmpty(tags[needed]))
            {
                error = $"{needed}= is missing";
                return null;
            }
        }

        error = "a tag has a value that it may not have";
        var canonicalization = tags.Packed("c")?.ToLowerInvariant() ?? "simple/simple";
        var length = tags.Packed("l");
        var expires = tags.Packed("x");
        if (tags["v"] != "1"
            || Name(tags.Packed("d")) is not { } domain
            || tags.Packed("s")!.ToLowerInvariant() is not { } selector
            || HostName.Read($"{selector}._domainkey.{domain}") is null
            || Bytes(tags.Packed("b")) is not { } value
            || Bytes(tags.Packed("bh")) is not { } bodyHash
            || Methods(canonicalization) is not { } methods
            || (length is not null && Number(length) is null)
            || (expires is not null && Number(expires) is null)
            || (tags["q"] is not null && !tags.Words("q").Contains("dns/txt", StringComparer.Ordinal)))
        {
            return null;
        }

        var agent = tags["i"] is { } written ? Name(written[(written.LastIndexOf('@') + 1)..].Trim()) : domain;
        if (agent is null || !(agent == domain || agent.EndsWith($".{domain}", StringComparison.Ordinal)))
        {
            error = "i= is not below d=";
            return null;
        }

        var fields = tags.Packed("h")!.Split(':');
        if (!fields.Contains("From", StringComparer.OrdinalIgnoreCase))
        {
            error = "From is not signed";
            return null;
        }

        error = string.Empty;
        return new DkimSignature
        {
            Domain = domain,
            Selector = selector,
            Algorithm = tags.Packed("a")!.ToLowerInvariant(),
            AgentDomain = agent,
            Value = value,
            ValueBegins = string.Concat(tags.Packed("b")!.Take(8)),
            BodyHash = bodyHash,
            Fields = fields,
            OfHeader = methods.Header,
            OfBody = methods.Body,
            BodyBytes = length is null ? null : Number(length),
            Expires = expires is null ? null : Number(expires),
        };
    }

    internal static byte[]? Bytes(string? base64)
    {
        var bytes = new byte[((base64?.Length ?? 0) * 3 / 4) + 3];
        return base64 is { Length: > 0 } && Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    private static string? Name(string? text) => text is null ? null : HostName.Read(DomainText.Normalize(text));

    private static long? Number(string text) => text.Length <= 18 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static (Canonicalization Header, Canonicalization Body)? Methods(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var header = Method(slash < 0 ? text : text[..slash]);
        var body = slash < 0 ? Canonicalization.Simple : Method(text[(slash + 1)..]);
        return header is { } h && body is { } b ? (h, b) : null;
    }

    private static Canonicalization? Method(string word) => word switch
    {
        "simple" => Canonicalization.Simple,
        "relaxed" => Canonicalization.Relaxed,
        _ => null,
    };
}
