using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pmilter.Policies.Lookups;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>Puts values in the place of macros (RFC 7208 7). The text has been checked.</summary>
/// <param name="identity">What is checked.</param>
/// <param name="validated">Names the client by its pointers, for <c>%{p}</c>: the one macro that asks the DNS.</param>
internal sealed class SpfMacros(SpfIdentity identity, Func<string, ValueTask<string>> validated)
{
    public async ValueTask<string> ExpandAsync(string text, string domain)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                result.Append(text[i]);
                continue;
            }

            var length = SpfSyntax.LengthOfMacro(text.AsSpan(i)) ?? throw new InvalidOperationException($"An SPF macro was not checked: {text}");
            result.Append(length > 2 ? await ValueOfAsync(text[(i + 2)..(i + length - 1)], domain).ConfigureAwait(false) : Escape(text[i + 1]));
            i += length - 1;
        }

        return result.ToString();
    }

    private static string Escape(char c) => c switch
    {
        '_' => " ",
        '-' => "%20",
        _ => "%",
    };

    private async ValueTask<string> ValueOfAsync(string macro, string domain)
    {
        var value = char.ToLowerInvariant(macro[0]) switch
        {
            's' => $"{identity.Local}@{identity.Domain}",
            'l' => identity.Local,
            'o' => identity.Domain,
            'd' => domain,
            'i' => Dotted(identity.Address),
            'h' => identity.Helo,
            'v' => identity.Address.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
            _ => await validated(domain).ConfigureAwait(false),
        };
        value = Transform(value, macro.AsSpan(1));
        return char.IsAsciiLetterUpper(macro[0]) ? Uri.EscapeDataString(value) : value;
    }

    private static string Transform(string value, ReadOnlySpan<char> how)
    {
        var digits = how.IndexOfAnyExceptInRange('0', '9') is var stop && stop < 0 ? how.Length : stop;
        var count = digits == 0 ? int.MaxValue : int.Parse(how[..digits], CultureInfo.InvariantCulture);
        var rest = how[digits..];
        var isReversed = rest.StartsWith("r", StringComparison.OrdinalIgnoreCase);
        var delimiters = isReversed ? rest[1..] : rest;
        if (how.Length == 0)
        {
            return value;
        }

        var parts = value.Split(delimiters.IsEmpty ? ['.'] : delimiters.ToArray());
        if (isReversed)
        {
            Array.Reverse(parts);
        }

        return string.Join('.', parts.TakeLast(count));
    }

    /// <summary>IPv6 as nibbles.</summary>
    private static string Dotted(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }

        var nibbles = HostName.Reversed(address).ToCharArray();
        Array.Reverse(nibbles);
        return new string(nibbles);
    }
}
