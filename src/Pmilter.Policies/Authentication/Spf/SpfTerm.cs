using System.Net;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>The mechanisms (RFC 7208 5).</summary>
internal enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>One directive of a record.</summary>
/// <param name="Word">What the message is when it matches: the qualifier.</param>
/// <param name="Mechanism">What is compared.</param>
/// <param name="Domain">With macros; empty for the current domain.</param>
internal sealed record SpfTerm(SpfWord Word, SpfMechanism Mechanism, string Domain)
{
    public int PrefixOfIp4 { get; init; } = 32;

    public int PrefixOfIp6 { get; init; } = 128;

    /// <summary>Of ip4 and ip6.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>RFC 7208 4.6.4 counts it.</summary>
    public bool AsksDns => Mechanism is not (SpfMechanism.All or SpfMechanism.Ip4 or SpfMechanism.Ip6);
}
