using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>Reads one directive (RFC 7208 4.6.1, 5, 12).</summary>
internal static class SpfTermReader
{
    private static readonly SearchValues<char> Ip4Characters = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> Ip6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Null for what is none.</summary>
    public static SpfTerm? Read(string term)
    {
        var (word, rest) = term[0] switch
        {
            '+' => (SpfWord.Pass, term[1..]),
            '-' => (SpfWord.Fail, term[1..]),
            '~' => (SpfWord.SoftFail, term[1..]),
            '?' => (SpfWord.Neutral, term[1..]),
            _ => (SpfWord.Pass, term),
        };
        var end = rest.AsSpan().IndexOfAny(":/");
        var name = end < 0 ? rest : rest[..end];
        var argument = end < 0 ? string.Empty : rest[end..];
        return name.ToLowerInvariant() switch
        {
            "all" => argument.Length == 0 ? new SpfTerm(word, SpfMechanism.All, string.Empty) : null,
            "include" => WithDomain(word, SpfMechanism.Include, argument),
            "exists" => WithDomain(word, SpfMechanism.Exists, argument),
            "ptr" => argument.Length == 0 ? new SpfTerm(word, SpfMechanism.Ptr, string.Empty) : WithDomain(word, SpfMechanism.Ptr, argument),
            "a" => WithPrefixes(word, SpfMechanism.A, argument),
            "mx" => WithPrefixes(word, SpfMechanism.Mx, argument),
            "ip4" => WithNetwork(word, SpfMechanism.Ip4, AddressFamily.InterNetwork, argument),
            "ip6" => WithNetwork(word, SpfMechanism.Ip6, AddressFamily.InterNetworkV6, argument),
            _ => null,
        };
    }

    private static SpfTerm? WithDomain(SpfWord word, SpfMechanism mechanism, string argument) =>
        argument.StartsWith(':') && SpfSyntax.IsDomainSpec(argument[1..]) ? new SpfTerm(word, mechanism, argument[1..]) : null;

    /// <summary><c>:domain/24//64</c>; each part may be absent.</summary>
    private static SpfTerm? WithPrefixes(SpfWord word, SpfMechanism mechanism, string argument)
    {
        var rest = argument;
        int? ip6 = null;
        int? ip4 = null;
        if (DigitsAtEnd(rest) is { } last && rest[..last].EndsWith("//", StringComparison.Ordinal))
        {
            ip6 = Prefix(rest[last..], 128);
            rest = rest[..(last - 2)];
            if (ip6 is null)
            {
                return null;
            }
        }

        if (DigitsAtEnd(rest) is { } digits && rest[..digits].EndsWith('/') && !rest[..digits].EndsWith("//", StringComparison.Ordinal))
        {
            ip4 = Prefix(rest[digits..], 32);
            rest = rest[..(digits - 1)];
            if (ip4 is null)
            {
                return null;
            }
        }

        var isWhole = rest.Length == 0 || (rest.StartsWith(':') && SpfSyntax.IsDomainSpec(rest[1..]));
        return isWhole
            ? new SpfTerm(word, mechanism, rest.Length == 0 ? string.Empty : rest[1..]) { PrefixOfIp4 = ip4 ?? 32, PrefixOfIp6 = ip6 ?? 128 }
            : null;
    }

    private static SpfTerm? WithNetwork(SpfWord word, SpfMechanism mechanism, AddressFamily family, string argument)
    {
        if (!argument.StartsWith(':'))
        {
            return null;
        }

        var slash = argument.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? argument[1..] : argument[1..slash];
        var most = family == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = slash < 0 ? most : Prefix(argument[(slash + 1)..], most);
        if (prefix is not { } bits || !IsWritten(text, family) || !IPAddress.TryParse(text, out var address) || address.AddressFamily != family)
        {
            return null;
        }

        return new SpfTerm(word, mechanism, string.Empty) { Address = address, PrefixOfIp4 = bits, PrefixOfIp6 = bits };
    }

    /// <summary>The base library also reads <c>1.2.3</c>, <c>0x1</c>, brackets and scopes.</summary>
    private static bool IsWritten(string text, AddressFamily family) => family == AddressFamily.InterNetwork
        ? text.Count(c => c == '.') == 3 && !text.AsSpan().ContainsAnyExcept(Ip4Characters) && Array.TrueForAll(text.Split('.'), part => part.Length is > 0 and < 4 && (part.Length == 1 || part[0] != '0'))
        : !text.AsSpan().ContainsAnyExcept(Ip6Characters);

    private static int? DigitsAtEnd(string text)
    {
        var start = text.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1;
        return start < text.Length ? start : null;
    }

    /// <summary>No zero in front.</summary>
    private static int? Prefix(string digits, int most) =>
        digits.Length is > 0 and < 4 && (digits.Length == 1 || digits[0] != '0')
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value
            : null;
}
