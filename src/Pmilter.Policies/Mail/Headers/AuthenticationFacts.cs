using MimeKit.Cryptography;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>
/// What trusted servers say of a message in its Authentication-Results fields (RFC 8601). Fields of others are as good as none; the
/// topmost result of a method counts, since fields are put on top.
/// </summary>
internal sealed class AuthenticationFacts
{
    public const string Header = "Authentication-Results";

    /// <summary>Further fields are not read: nobody honest writes so many.</summary>
    private const int MaxFields = 50;

    private readonly Dictionary<string, string> _results = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _signers = [];

    /// <summary>The methods that may be asked for.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["spf", "dkim", "dmarc", "arc", "iprev"];

    public static AuthenticationFacts Read(HeaderFacts headers, IReadOnlySet<string> trusted)
    {
        var facts = new AuthenticationFacts();
        foreach (var (_, raw) in headers.All.Where(field => string.Equals(field.Name, Header, StringComparison.OrdinalIgnoreCase)).Take(MaxFields))
        {
            if (IsFoldedRight(raw) && AuthenticationResults.TryParse(MailText.Encode(HeaderText.Unfold(raw)), out var field)
                && field.AuthenticationServiceIdentifier is { Length: > 0 } server
                && IsTrusted(server, trusted))
            {
                facts.Add(field);
            }
        }

        return facts;
    }

    /// <summary>Whom a field claims to be of, normalised; null where it names nobody. Read leniently: what others might take for ours must be found.</summary>
    public static string? ServerOf(string raw)
    {
        if (AuthenticationResults.TryParse(MailText.Encode(HeaderText.Unfold(raw)), out var field) && field.AuthenticationServiceIdentifier is { Length: > 0 } server)
        {
            return DomainText.Normalize(server);
        }

        var text = HeaderText.Unfold(raw);
        var end = text.AsSpan().IndexOfAny(";(/ \t");
        return text.Length == 0 ? null : DomainText.Normalize((end < 0 ? text : text[..end]).Trim('"'));
    }

    /// <summary>Lower case; empty where no trusted server says anything. Of several signatures one that passes is enough.</summary>
    public string ResultOf(string method) => _results.GetValueOrDefault(method) ?? string.Empty;

    /// <summary>Whether a signature of the domain, or of one under the same registered domain, has passed (RFC 7489 3.1.1, relaxed).</summary>
    public bool IsSignedBy(string domain)
    {
        if (domain.Length == 0)
        {
            return false;
        }

        var registered = PublicSuffixes.RegisteredDomainOf(DomainText.Normalize(domain));
        return _signers.Exists(signer => string.Equals(PublicSuffixes.RegisteredDomainOf(signer), registered, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A method that a field further up speaks of is settled, its signers too: what stands below may be the sender's.</summary>
    /// <summary>
    /// As it is written, A-labels or letters: MTAs take away forged fields of their own name, and what only becomes that name when it is
    /// normalised (full width letters, soft hyphens, a dot at the end) they leave.
    /// </summary>
    private static bool IsTrusted(string server, IReadOnlySet<string> trusted)
    {
        var normal = DomainText.Normalize(server);
        return trusted.Contains(normal) && DomainText.IsSpelling(server, normal);
    }

    /// <summary>Unfolding leaves out every line end: one within a name makes of it what it was not to the MTA.</summary>
    private static bool IsFoldedRight(string raw)
    {
        for (var i = 0; i < raw.Length; i++)
        {
            var next = i + 1 < raw.Length ? raw[i + 1] : ' ';
            if (raw[i] == '\0' || (raw[i] == '\r' && next != '\n') || (raw[i] == '\n' && next is not (' ' or '\t')))
            {
                return false;
            }
        }

        return true;
    }

    private void Add(AuthenticationResults field)
    {
        var settled = new HashSet<string>(_results.Keys, StringComparer.OrdinalIgnoreCase);
        foreach (var result in field.Results)
        {
            if (settled.Contains(result.Method))
            {
                continue;
            }

            var word = result.Result.ToLowerInvariant();
            if (word == "pass" && string.Equals(result.Method, "dkim", StringComparison.OrdinalIgnoreCase))
            {
                _results[result.Method] = word;
                AddSigner(result);
            }

            _results.TryAdd(result.Method, word);
        }
    }

    /// <summary><c>header.d</c>, or the domain of <c>header.i</c> where there is no other.</summary>
    private void AddSigner(AuthenticationMethodResult result)
    {
        var domain = PropertyOf(result, "d") ?? PropertyOf(result, "i");
        if (domain is not null)
        {
            _signers.Add(DomainText.Normalize(domain[(domain.LastIndexOf('@') + 1)..]));
        }
    }

    private static string? PropertyOf(AuthenticationMethodResult result, string name) => result.Properties
        .FirstOrDefault(property => string.Equals(property.PropertyType, "header", StringComparison.OrdinalIgnoreCase) && string.Equals(property.Property, name, StringComparison.OrdinalIgnoreCase))?.Value;
}
