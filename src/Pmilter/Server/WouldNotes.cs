using Pmilter.Policies.Evaluation;

namespace Pmilter.Server;

/// <summary>What monitor rules would have done since the last line of the decision log that was about the whole message, each once.</summary>
internal sealed class WouldNotes
{
    private List<WouldHave>? _all;

    public bool IsEmpty => _all is null;

    public void Add(IReadOnlyList<WouldHave> would)
    {
        // No enumerator where there is nothing, which is nearly always.
        for (var i = 0; i < would.Count; i++)
        {
            var one = would[i];
            if (_all?.Exists(known => known.Rule.Policy == one.Rule.Policy && known.Rule.Id == one.Rule.Id && known.Outcome == one.Outcome) != true)
            {
                (_all ??= []).Add(one);
            }
        }
    }

    /// <summary>All of them; the next message begins with none.</summary>
    public IReadOnlyList<WouldHave> Take()
    {
        IReadOnlyList<WouldHave> all = _all ?? [];
        _all = null;
        return all;
    }
}
