using System.Collections.Frozen;
using System.Net;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Lists.Tables;

namespace Pmilter.Policies.Lists;

/// <summary>Networks of both families; IPv4 may be written as its v4-mapped IPv6 address, and an IPv6 network of /96 or less may hold all of it.</summary>
internal sealed class NetworkList : MailList
{
    private readonly NetworkTable<uint> _four;
    private readonly NetworkTable<UInt128> _six;
    private readonly FrozenDictionary<int, string> _reasons;
    private readonly int _allOfFour;

    public NetworkList(NetworkTable<uint> four, NetworkTable<UInt128> six, BroadEntries broad, FrozenDictionary<int, string> reasons)
        : base(ListType.Cidr, four.Count + six.Count)
    {
        _four = four;
        _six = six;
        _reasons = reasons;
        _allOfFour = six.Find(Network.MappedFirst);
        Broad = broad;
    }

    internal override BroadEntries Broad { get; }

    public override bool Contains(IPAddress address)
    {
        var bits = Network.BitsOf(address);
        if (Network.IsMapped(bits) && _four.Find((uint)bits) is >= 0 and var four)
        {
            return _four.Mark(four);
        }

        return (Network.IsMapped(bits) ? _allOfFour : _six.Find(bits)) is >= 0 and var six && _six.Mark(six);
    }

    public override IEnumerable<ListedEntry> Entries => Numbers().Select(number => EntryOf(number));

    public override IEnumerable<string> TakeFound() =>
        Numbers().Where(number => number < _four.Count ? _four.TakeMark(number) : _six.TakeMark(number - _four.Count)).Select(number => EntryOf(number).Text);

    public override ListMatch? Match(string value)
    {
        if (!IPAddress.TryParse(value, out var address))
        {
            return null;
        }

        var bits = Network.BitsOf(address);
        if (Network.IsMapped(bits) && _four.Find((uint)bits) is >= 0 and var four)
        {
            var (first, prefix, line) = _four.At(four);
            return Match(Network.Mapped(first, prefix), line);
        }

        if ((Network.IsMapped(bits) ? _allOfFour : _six.Find(bits)) is >= 0 and var six)
        {
            var (first, prefix, line) = _six.At(six);
            return Match(new Network(first, prefix), line);
        }

        return null;
    }

    /// <summary>Of both families, one behind the other.</summary>
    private IEnumerable<int> Numbers() => Enumerable.Range(0, Count);

    private ListedEntry EntryOf(int number)
    {
        if (number < _four.Count)
        {
            var (first, prefix, line) = _four.At(number);
            return new ListedEntry(Network.Mapped(first, prefix).ToString(), line);
        }

        var (six, bits, place) = _six.At(number - _four.Count);
        return new ListedEntry(new Network(six, bits).ToString(), place);
    }

    private ListMatch Match(Network network, int line) => new(network.ToString(), line, _reasons.GetValueOrDefault(line, string.Empty));
}

internal sealed class NetworkListBuilder(ListDiagnosticLimit diagnostics, bool tellsDuplicates) : ListBuilder(diagnostics)
{
    private readonly List<NetworkRow<uint>> _four = [];
    private readonly List<NetworkRow<UInt128>> _six = [];
    private readonly HashSet<Network> _seen = [];
    private readonly BroadNotes _broad = new();

    public override bool Add(ListEntry entry)
    {
        if (Network.Parse(entry.Text) is not { } network)
        {
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text.ToString(), "an address or network", "192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"));
            return true;
        }

        var masked = network.Masked();
        if (masked != network)
        {
            Diagnostics.Add(ListDiagnostics.HostBits(entry.Span, entry.Text.ToString(), masked.ToString()));
        }

        if (tellsDuplicates && !_seen.Add(masked))
        {
            return false;
        }

        _broad.NoteNetwork(masked, entry);
        if (masked.IsFour)
        {
            _four.Add(new NetworkRow<uint>((uint)masked.First, (byte)(masked.Prefix - Network.MappedBits), entry.Line));
        }
        else
        {
            _six.Add(new NetworkRow<UInt128>(masked.First, (byte)masked.Prefix, entry.Line));
        }

        return true;
    }

    public override MailList Build(Reasons reasons) =>
        new NetworkList(NetworkRow<uint>.ToTable(_four), NetworkRow<UInt128>.ToTable(_six), _broad.Build(), reasons.Build());
}
