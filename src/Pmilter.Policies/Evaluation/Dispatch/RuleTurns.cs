namespace Pmilter.Policies.Evaluation.Dispatch;

/// <summary>
/// Whose turn it is in a phase: each rule's in written order, or, where the phase has an index, in the same order only theirs whose demands
/// the event meets. One an engine, reused.
/// </summary>
internal sealed class RuleTurns(EvaluationContext context)
{
    private RuleNode[] _rules = [];
    private RuleIndex? _index;
    private Queue[] _queues = [];
    private int _next;

    public void Begin(PhaseNode phase)
    {
        _rules = phase.Rules;
        _next = 0;

        // Explanations and replays are told of every rule.
        _index = context.Trace is null && context.Watch is null ? phase.Index : null;
        if (_index is not { } index)
        {
            return;
        }

        if (_queues.Length <= index.Lanes.Length)
        {
            _queues = new Queue[index.Lanes.Length + 1];
        }

        for (var lane = 0; lane < index.Lanes.Length; lane++)
        {
            _queues[lane] = new Queue { Places = index.Lanes[lane].All };
        }

        _queues[index.Lanes.Length] = new Queue { Places = index.Others, IsSorted = true };
    }

    /// <summary>Null when all had theirs.</summary>
    public RuleNode? Next() =>
        _index is { } index ? Next(index)
        : _next < _rules.Length ? _rules[_next++]
        : null;

    private RuleNode? Next(RuleIndex index)
    {
        while (true)
        {
            var first = 0;
            for (var i = 1; i <= index.Lanes.Length; i++)
            {
                first = _queues[i].Head < _queues[first].Head ? i : first;
            }

            ref var queue = ref _queues[first];
            if (queue.Head == int.MaxValue)
            {
                return null;
            }

            if (queue.IsSorted)
            {
                return _rules[queue.Places[queue.At++]];
            }

            // A field is read when the first of its rules would read it, and not where an earlier one decides.
            queue = new Queue { Places = index.Lanes[first].Find(context), IsSorted = true };
        }
    }

    /// <summary>Places of rules that wait. Not sorted: of every rule of the lane, since the field has not been read.</summary>
    private struct Queue
    {
        public required int[] Places;
        public int At;
        public bool IsSorted;

        public readonly int Head => At < Places.Length ? Places[At] : int.MaxValue;
    }
}
