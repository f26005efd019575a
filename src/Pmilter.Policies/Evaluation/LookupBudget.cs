using Pmilter.Policies.Facts;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// What look-ups may take: all of an event together, so that one is still answered by its rule's on_error and not by the session's deadline,
/// and all of a rule together where it says <c>timeout</c>. Nothing is made before the first look-up.
/// </summary>
internal sealed class LookupBudget(INameService? names, TimeSpan ofEvent)
{
    private CancellationTokenSource? _event;
    private CancellationTokenSource? _rule;
    private TimeSpan? _ofRule;

    public CancellationToken Token(CancellationToken outer)
    {
        if (names is null)
        {
            return outer;
        }

        _event ??= names.Limit(ofEvent, outer);
        if (_ofRule is { } time)
        {
            _rule ??= names.Limit(time, _event.Token);
        }

        return (_rule ?? _event).Token;
    }

    public void BeginRule(TimeSpan? timeout)
    {
        _rule?.Dispose();
        _rule = null;
        _ofRule = timeout;
    }

    public void EndEvent()
    {
        BeginRule(null);
        _event?.Dispose();
        _event = null;
    }
}
