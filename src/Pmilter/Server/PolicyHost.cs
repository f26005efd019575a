using Pmilter.Policies.Evaluation;

namespace Pmilter.Server;

/// <summary>The policy set in force: replaced whole, read once a message.</summary>
internal sealed class PolicyHost(PolicySet first)
{
    private PolicySet _current = first;

    public PolicySet Current => Volatile.Read(ref _current);

    /// <summary>The newer set is in force for messages that begin from now on; returns the older.</summary>
    public PolicySet Replace(PolicySet newer) => Interlocked.Exchange(ref _current, newer);
}
