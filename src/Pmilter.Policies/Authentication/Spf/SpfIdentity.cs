using System.Net;

namespace Pmilter.Policies.Authentication.Spf;

/// <summary>What is checked (RFC 7208 4.1).</summary>
/// <param name="Address">The client's; IPv4 in IPv6 has been unwrapped.</param>
/// <param name="Local">Of the sender; <c>postmaster</c> where it has none (RFC 7208 4.3).</param>
/// <param name="Domain">Of MAIL, or HELO's where the sender is null (RFC 7208 2.4).</param>
/// <param name="Helo">As the client said it.</param>
internal sealed record SpfIdentity(IPAddress Address, string Local, string Domain, string Helo)
{
    /// <summary>The sender is null, so that HELO's name is checked.</summary>
    public bool IsOfHelo { get; init; }

    /// <param name="address">The client's.</param>
    /// <param name="sender">Of MAIL, without brackets; empty for the null sender.</param>
    /// <param name="helo">HELO's name.</param>
    public static SpfIdentity Of(IPAddress address, string sender, string helo)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var at = sender.LastIndexOf('@');
        var local = at > 0 ? sender[..at] : "postmaster";
        return sender.Length == 0
            ? new SpfIdentity(address, "postmaster", helo, helo) { IsOfHelo = true }
            : new SpfIdentity(address, local, sender[(at + 1)..], helo);
    }
}
