using System.Net;

namespace Pmilter.Policies.Lists;

/// <summary>Networks as sorted ranges without overlap: a lookup is one binary search and allocates nothing.</summary>
internal sealed class NetworkList(int count, UInt128[] firsts, UInt128[] lasts) : MailList(ListType.Cidr, count)
{
    public override bool Contains(IPAddress address) => IndexOf(address) >= 0;

    /// <summary>Neighbours that make one range are told as that range.</summary>
    public override string? EntryOf(string value)
    {
        if (!IPAddress.TryParse(value, out var address) || IndexOf(address) is not (>= 0 and var index))
        {
            return null;
        }

        var prefix = 128 - (int)UInt128.PopCount(firsts[index] ^ lasts[index]);
        var network = new Network(firsts[index], prefix);
        return network.Last == lasts[index] && network == network.Masked()
            ? network.ToString()
            : $"{new Network(firsts[index], 128)} to {new Network(lasts[index], 128)}";
    }

    private int IndexOf(IPAddress address)
    {
        var bits = Network.BitsOf(address);
        var index = Array.BinarySearch(firsts, bits);
        index = index >= 0 ? index : ~index - 1;
        return index >= 0 && bits <= lasts[index] ? index : -1;
    }
}

internal sealed class NetworkListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly List<Network> _networks = [];
    private readonly HashSet<Network> _seen = [];

    public override bool Add(ListEntry entry)
    {
        if (Network.Parse(entry.Text) is not { } network)
        {
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text, "an address or network", "192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"));
            return true;
        }

        var masked = network.Masked();
        if (masked != network)
        {
            Diagnostics.Add(ListDiagnostics.HostBits(entry.Span, entry.Text, masked.ToString()));
        }

        if (!_seen.Add(masked))
        {
            return false;
        }

        _networks.Add(masked);
        return true;
    }

    public override MailList Build()
    {
        _networks.Sort((a, b) => a.First.CompareTo(b.First));
        var firsts = new List<UInt128>(_networks.Count);
        var lasts = new List<UInt128>(_networks.Count);
        foreach (var network in _networks)
        {
            var previous = lasts.Count - 1;
            if (previous >= 0 && (network.First <= lasts[previous] || network.First - lasts[previous] == 1))
            {
                lasts[previous] = UInt128.Max(lasts[previous], network.Last);
                continue;
            }

            firsts.Add(network.First);
            lasts.Add(network.Last);
        }

        return new NetworkList(_networks.Count, [.. firsts], [.. lasts]);
    }
}
