using Pmilter.Policies.Binding;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation.Steps;

/// <summary>A step of <c>then</c> that is no verdict. Pending: the fact is looked up and the step runs again; it writes only once it knows all.</summary>
internal abstract class RuleStep
{
    public abstract EvaluationStatus Run(StepScope scope);
}

/// <summary>What a step may touch. One an engine, reused.</summary>
internal sealed class StepScope(EvaluationContext context, KeyText keys)
{
    public EvaluationContext Context { get; } = context;

    public KeyText Keys { get; } = keys;

    /// <summary>Operations that the engine sends to the store when all steps have run.</summary>
    public StateBatch Operations { get; } = new();

    /// <summary>Explicit counters to hit.</summary>
    public List<BoundCounter> Hits { get; } = [];

    /// <summary>What the message will leave to memory.</summary>
    public MessageMemories Memories { get; } = new();

    public EventOutcome Outcome { get; set; } = new();

    public MessageChanges Changes { get; set; } = new();

    public bool IsShadow => Context.IsShadow;

    public Annotations Annotations => Context.Transaction.Annotations;
}
