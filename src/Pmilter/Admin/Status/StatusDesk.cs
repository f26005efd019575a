using System.Globalization;
using Pmilter.Safety;

namespace Pmilter.Admin.Status;

/// <summary>Puts the sections together. A section is a class that reads one thing and names what is wrong with it.</summary>
internal sealed class StatusDesk(
    ServerSection server, ListenersSection listeners, PoliciesSection policies, StateSection state, GeoSection geo, RubyWorkersSection ruby)
{
    /// <summary>Null where nothing can be changed by hand.</summary>
    public SafetyDesk? Safety { get; init; }

    public StatusAnswer Read()
    {
        var troubles = new Troubles();
        var safety = Safety?.Read() ?? new SafetyStatus([], [], string.Empty);
        if (safety.Problem.Length > 0)
        {
            troubles.Add($"safety: {safety.Problem}");
        }

        foreach (var blown in safety.Blown)
        {
            troubles.Add($"fuse: {blown.Why}; in monitor until 'pmilter mode {blown.Rule} enforce'");
        }

        var answer = new StatusAnswer(
            false, troubles.All, server.Read(), listeners.Read(), policies.Read(troubles), state.Read(troubles), geo.Read(troubles), ruby.Read(troubles), safety);
        return answer with { Degraded = troubles.All.Count > 0 };
    }
}

/// <summary>What is wrong now, a sentence each.</summary>
internal sealed class Troubles
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    public void Add(FormattableString trouble) => _all.Add(trouble.ToString(CultureInfo.InvariantCulture));
}
