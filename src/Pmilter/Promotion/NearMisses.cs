using Pmilter.Rehearsal.Recorded;

namespace Pmilter.Promotion;

/// <summary>
/// Protected parties that the rules met. They were spared and will be; but whoever writes to them, or sends from where they send, may write to
/// others as well, and nobody spares those messages once the rule is enforced.
/// </summary>
internal sealed class NearMisses
{
    private readonly Dictionary<(string Client, string Sender), int> _met = [];
    private readonly HashSet<string> _clients = new(StringComparer.Ordinal);
    private readonly HashSet<string> _senders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Messages that would have been met, had nobody of them been protected.</summary>
    public int Spared { get; private set; }

    /// <summary>Why they were spared: <c>postmaster@example.jp (protect.recipients)</c>.</summary>
    public Tally Parties { get; } = new();

    /// <summary>Messages that would have been met, and whose client or sender had another one spared.</summary>
    public int Close => Nearest().Sum(pair => pair.Count);

    /// <summary>Those, <c>sender from client</c>, the most frequent first.</summary>
    public IReadOnlyList<(string Value, int Count)> Top(int most) =>
        [.. Nearest().OrderByDescending(pair => pair.Count).ThenBy(pair => pair.Value, StringComparer.Ordinal).Take(most)];

    /// <param name="wanted">The rules that are asked about, as <c>policy/rule</c>.</param>
    public void AddSpared(RecordedDecision decision, IReadOnlySet<string> wanted)
    {
        var spared = decision.Protected.Where(one => wanted.Contains(one.Rule)).ToArray();
        if (spared.Length == 0)
        {
            return;
        }

        Spared++;
        Parties.Add(spared.Select(one => $"{one.Party} (protect.{one.Section})"));
        _clients.Add(decision.Message.ClientIp);
        if (decision.Message.MailFrom.Length > 0)
        {
            _senders.Add(decision.Message.MailFrom);
        }
    }

    public void AddMet(RecordedDecision decision)
    {
        var pair = (decision.Message.ClientIp, decision.Message.MailFrom);
        _met[pair] = _met.GetValueOrDefault(pair) + 1;
    }

    private IEnumerable<(string Value, int Count)> Nearest() => _met
        .Where(met => _clients.Contains(met.Key.Client) || _senders.Contains(met.Key.Sender))
        .Select(met => ($"{(met.Key.Sender.Length > 0 ? met.Key.Sender : "<>")} from {met.Key.Client}", met.Value));
}
