using System.Buffers;
using System.Text;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Mail;

/// <summary>
/// An address of MAIL or RCPT: without brackets, source route and needless quotes; the domain as A-labels. The null sender has
/// an empty <see cref="Text"/>.
/// </summary>
/// <param name="Text"><c>user@domain</c>, or the user alone for a local name without a domain.</param>
/// <param name="User">The local part in NFC, its case kept.</param>
/// <param name="Domain">Lower case, A-labels; empty for a local name.</param>
public sealed record EnvelopeAddress(string Text, string User, string Domain)
{
    private static readonly SearchValues<char> Specials = SearchValues.Create("()<>[]:;@\\,\" \t\r\n");

    public static EnvelopeAddress Empty { get; } = new(string.Empty, string.Empty, string.Empty);

    /// <summary>Reads argv[0]; what follows the address (Sendmail before 8.17.2 with EAI) goes to <paramref name="rest"/>.</summary>
    public static EnvelopeAddress Parse(string argument, out string rest)
    {
        var text = argument.AsSpan().Trim();
        var isBracketed = text.StartsWith("<");
        if (isBracketed)
        {
            text = text[1..];
        }

        var end = EndOf(text, isBracketed ? '>' : ' ');
        rest = end < text.Length ? text[(end + 1)..].Trim().ToString() : string.Empty;
        return FromAddress(text[..end].Trim());
    }

    /// <summary>From <c>user@domain</c> without brackets.</summary>
    public static EnvelopeAddress FromAddress(ReadOnlySpan<char> address)
    {
        // A source route is obsolete and to be ignored: RFC 5321 appendix C.
        if (address.StartsWith("@") && address.IndexOf(':') is > 0 and var colon)
        {
            address = address[(colon + 1)..];
        }

        if (address.IsEmpty)
        {
            return Empty;
        }

        var at = LastAt(address);
        var user = NormalText.Compose(Unquote(at < 0 ? address : address[..at]));
        var domain = at < 0 ? string.Empty : DomainOf(address[(at + 1)..].ToString());
        return new EnvelopeAddress(domain.Length == 0 ? user : $"{user}@{domain}", user, domain);
    }

    /// <summary>The at sign that ends the local part; -1 for a local name.</summary>
    public static int LastAt(ReadOnlySpan<char> address) => address.LastIndexOf('@');

    private static string DomainOf(string domain) => DomainText.Normalize(domain.Trim());

    private static int EndOf(ReadOnlySpan<char> text, char terminator)
    {
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when isQuoted:
                    i++;
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case var c when c == terminator && !isQuoted:
                    return i;
            }
        }

        // An unclosed quote must not swallow the bracket.
        var last = isQuoted ? text.LastIndexOf(terminator) : -1;
        return last >= 0 ? last : text.Length;
    }

    /// <summary><c>"john"@x</c> and <c>john@x</c> are one mailbox (RFC 5321 4.1.2); quotes stay where the local part needs them.</summary>
    private static string Unquote(ReadOnlySpan<char> user)
    {
        if (user.Length < 2 || user[0] != '"' || user[^1] != '"')
        {
            return user.ToString();
        }

        var bare = new StringBuilder(user.Length);
        for (var i = 1; i < user.Length - 1; i++)
        {
            if (user[i] == '\\' && i + 1 < user.Length - 1)
            {
                i++;
            }

            bare.Append(user[i]);
        }

        var text = bare.ToString();
        return IsDotAtom(text) ? text : user.ToString();
    }

    private static bool IsDotAtom(string text) =>
        text.Length > 0 && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal)
        && text.AsSpan().IndexOfAny(Specials) < 0;
}
