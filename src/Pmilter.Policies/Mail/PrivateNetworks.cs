using System.Net;
using System.Net.Sockets;

namespace Pmilter.Policies.Mail;

/// <summary>Addresses that are nowhere, whatever a file or the DNS says: private, shared, loopback, link-local, unspecified, multicast.</summary>
public static class PrivateNetworks
{
    private static readonly IPNetwork[] Version4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("224.0.0.0/3"),
    ];

    private static readonly IPNetwork[] Version6 =
    [
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    public static bool Contain(IPAddress address)
    {
        foreach (var network in address.AddressFamily == AddressFamily.InterNetwork ? Version4 : Version6)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
