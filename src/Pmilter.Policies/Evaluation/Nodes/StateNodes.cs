using Pmilter.Policies.Binding;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>counter('c')</c> from its own phase on: the count as fixed at the hit; 0 where the event did not count.</summary>
internal sealed class ReadingNode(int index, ExpressionSyntax syntax) : SourceNode<double>(syntax)
{
    internal override bool IsImmediate => true;

    public override EvaluationStatus Evaluate(EvaluationContext context, out double value)
    {
        var reading = context.Readings[index, context.IsShadow];
        value = double.IsNaN(reading) ? 0 : reading;
        return EvaluationStatus.Known;
    }
}

/// <summary>A counter under a given key, or before its own phase: read from the store, without this event.</summary>
internal sealed class CounterSlotNode(CounterSource real, CounterSource shadow, ExpressionSyntax syntax) : SourceNode<double>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out double value)
    {
        var status = (context.IsShadow ? shadow : real).Read(context, out var slot);
        value = slot.Number;
        return status;
    }
}

/// <summary><c>banned('b')</c>, <c>remembered('m')</c>.</summary>
internal sealed class RunningSlotNode(StateSource real, StateSource shadow, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var status = real.Read(context, out var slot);
        value = slot.Number > 0;
        if (value || !context.IsShadow)
        {
            return status;
        }

        // A monitor rule sees what monitor rules would have written, beside what is written.
        var shadowStatus = shadow.Read(context, out slot);
        value = slot.Number > 0;
        return value || status == EvaluationStatus.Known ? shadowStatus : status;
    }
}
