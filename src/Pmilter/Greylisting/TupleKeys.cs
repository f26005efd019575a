using System.Net;
using Pmilter.Policies.State;
using Pmilter.Server;

namespace Pmilter.Greylisting;

/// <summary>A dump's tuple as the key of one of our greylists. What a dump does not know cannot be part of it.</summary>
internal sealed class TupleKeys
{
    private const int NetworkBitsOfFour = 24;
    private const int NetworkBitsOfSix = 64;

    private static readonly Dictionary<string, Func<KnownTuple, string>> Parts = new(StringComparer.Ordinal)
    {
        ["client_ip"] = tuple => tuple.Client,
        ["client_net"] = tuple => NetworkOf(IPAddress.Parse(tuple.Client)),
        ["mail_from"] = tuple => tuple.MailFrom,
        ["mail_from_domain"] = tuple => DomainOf(tuple.MailFrom),
        ["rcpt_to"] = tuple => tuple.Recipient,
        ["rcpt_to_domain"] = tuple => DomainOf(tuple.Recipient),
    };

    private readonly Func<KnownTuple, string>[] _parts;

    /// <param name="key">As written: <c>client_net, mail_from, rcpt_to</c>.</param>
    /// <exception cref="ServerStartException">It has a part that no dump knows.</exception>
    public TupleKeys(string greylist, string key)
    {
        var words = key.Split(", ");
        var unknown = words.FirstOrDefault(word => !Parts.ContainsKey(word));
        _parts = unknown is null
            ? [.. words.Select(word => Parts[word])]
            : throw new ServerStartException($"The key of {greylist} is [{key}], and '{unknown}' is not in a dump; a greylist can be filled whose key is made of {string.Join(", ", Parts.Keys)}.");
    }

    public string Of(KnownTuple tuple) => KeyFolding.Join(_parts.Select(part => part(tuple)));

    private static string NetworkOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length == 4 ? NetworkBitsOfFour : NetworkBitsOfSix;
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();
}
