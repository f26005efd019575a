using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation.Nodes;

namespace Pmilter.Policies.Evaluation.Dispatch;

/// <summary>
/// What a condition demands of a field: where the field has none of the values, the condition is false, and nobody was asked to find it out.
/// </summary>
internal sealed record Demand(Field Field, IReadOnlyList<object> Values)
{
    /// <summary>Of conditions that must all hold and are tested in this order.</summary>
    public static IReadOnlyList<Demand> Of(Expression<bool>[] conditions)
    {
        var demands = new List<Demand>();
        foreach (var condition in conditions)
        {
            demands.AddRange(Of(condition));

            // What stands behind something that may have to be looked up cannot spare that.
            if (!condition.IsImmediate)
            {
                break;
            }
        }

        return demands;
    }

    /// <summary>Of <c>operand = candidate</c> or more of them; null where it is no field that an index can go by.</summary>
    public static Demand? Of<T>(Expression<T> operand, IReadOnlyList<Expression<T>> candidates)
    {
        if (operand is not FieldNode<T> { Field: { IsSetByRules: false, Type: not Binding.ValueType.Bool } field })
        {
            return null;
        }

        var values = new List<object>(candidates.Count);
        foreach (var candidate in candidates)
        {
            if (candidate is not ConstantNode<T> { Value: { } value })
            {
                return null;
            }

            values.Add(value);
        }

        return new Demand(field, values);
    }

    private static IEnumerable<Demand> Of(Expression<bool> condition) => condition switch
    {
        IDemandingNode { Demand: { } demand } => [demand],
        JunctionNode { IsAnd: true } and => and.Left.IsImmediate ? Of(and.Left).Concat(Of(and.Right)) : Of(and.Left),
        JunctionNode or => Of(or.Left).Join(Of(or.Right), left => left.Field, right => right.Field, (left, right) => left with { Values = [.. left.Values, .. right.Values] }, ReferenceEqualityComparer.Instance),
        _ => [],
    };
}

/// <summary>A node that compares for equality.</summary>
internal interface IDemandingNode
{
    /// <summary>Null for none.</summary>
    Demand? Demand { get; }
}
