using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Protecting;

namespace Pmilter.Server;

/// <summary>What monitor rules would have done, and whom protection spared, since the last line of the decision log about the whole message, each once.</summary>
internal sealed class WouldNotes
{
    private List<WouldHave>? _all;
    private List<ProtectedFrom>? _protected;

    public bool IsEmpty => _all is null && _protected is null;

    public void Add(Decision decision)
    {
        var would = decision.Would;

        // No enumerator where there is nothing, which is nearly always.
        for (var i = 0; i < would.Count; i++)
        {
            var one = would[i];
            if (_all?.Exists(known => known.Rule.Policy == one.Rule.Policy && known.Rule.Id == one.Rule.Id && known.Outcome == one.Outcome) != true)
            {
                (_all ??= []).Add(one);
            }
        }

        var spared = decision.Protected;
        for (var i = 0; i < spared.Count; i++)
        {
            var one = spared[i];
            if (_protected?.Exists(known => known.Rule.Policy == one.Rule.Policy && known.Rule.Id == one.Rule.Id) != true)
            {
                (_protected ??= []).Add(one);
            }
        }
    }

    /// <summary>The decision with all of them; the next message begins with none.</summary>
    public Decision Take(Decision decision)
    {
        var whole = decision with { Would = _all ?? [], Protected = _protected ?? [] };
        _all = null;
        _protected = null;
        return whole;
    }
}
