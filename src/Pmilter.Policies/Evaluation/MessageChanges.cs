using Pmilter.Policies.Mail;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>The changes that rules have asked for, in written order, until eom.</summary>
internal sealed class MessageChanges
{
    private readonly List<Modification> _asked = [];

    public void Add(Modification change) => _asked.Add(change);

    public void Clear() => _asked.Clear();

    /// <summary>
    /// Written order; the deletes of one name share their places among themselves, highest index first: Postfix renumbers after
    /// a delete, Sendmail does not.
    /// </summary>
    public IReadOnlyList<Modification> InSendingOrder(MessageFacts message)
    {
        if (_asked.Count == 0)
        {
            return [];
        }

        var changes = Expand(message);
        for (var i = 0; i < changes.Count; i++)
        {
            for (var j = i + 1; j < changes.Count && changes[i] is DeleteHeader; j++)
            {
                if (changes[i] is DeleteHeader first && changes[j] is DeleteHeader second && IsSameName(first.Name, second.Name) && second.Index > first.Index)
                {
                    (changes[i], changes[j]) = (second, first);
                }
            }
        }

        return changes;
    }

    private List<Modification> Expand(MessageFacts message)
    {
        var changes = new List<Modification>(_asked.Count);
        foreach (var change in _asked)
        {
            if (change is not DeleteHeader delete)
            {
                changes.Add(change);
                continue;
            }

            var from = delete.Index == 0 ? message.HeaderCountOf(delete.Name) : delete.Index;
            var to = delete.Index == 0 ? 1 : delete.Index;
            for (var index = from; index >= to; index--)
            {
                var one = delete with { Index = index };
                if (!changes.Exists(c => c is DeleteHeader known && known.Index == index && IsSameName(known.Name, one.Name)))
                {
                    changes.Add(one);
                }
            }
        }

        return changes;
    }

    private static bool IsSameName(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
