using System.Net;
using Pmilter.Policies.Binding.Catalogs;

namespace Pmilter.Policies.Evaluation.Dispatch;

/// <summary>
/// Which rules of a phase an event may concern, found by the values of fields instead of by asking each rule: those that demand another
/// value would not have matched, and would have left no trace.
/// </summary>
internal sealed class RuleIndex
{
    /// <summary>Fewer rules are asked in less time than a hash takes.</summary>
    public const int LeastRules = 8;

    private RuleIndex(FieldLane[] lanes, int[] others)
    {
        Lanes = lanes;
        Others = others;
    }

    /// <summary>One a field.</summary>
    public FieldLane[] Lanes { get; }

    /// <summary>Places of the rules that no lane has: each event asks them.</summary>
    public int[] Others { get; }

    /// <summary>Null where no field has enough rules.</summary>
    /// <param name="rules">Of one phase, in order.</param>
    /// <param name="least">How many of them must demand something of a field.</param>
    public static RuleIndex? Of(RuleNode[] rules, int least)
    {
        var demands = rules.Select(rule => Demand.Of(rule.When)).ToArray();
        var spread = demands.SelectMany(each => each).GroupBy(demand => demand.Field.Name, StringComparer.Ordinal)
            .Where(field => field.Count() >= least)
            .ToDictionary(field => field.Key, field => field.SelectMany(demand => demand.Values).Select(Folded).Distinct().Count(), StringComparer.Ordinal);
        if (spread.Count == 0)
        {
            return null;
        }

        // A country that all demand would sort nothing out where their domains differ.
        var chosen = demands.Select(each => each.Where(demand => spread.ContainsKey(demand.Field.Name)).MaxBy(demand => spread[demand.Field.Name])).ToArray();
        var lanes = chosen.Select((demand, place) => (demand, place)).Where(each => each.demand is not null).GroupBy(each => each.demand!.Field.Name, StringComparer.Ordinal);
        return new RuleIndex([.. lanes.Select(lane => Lane([.. lane!]))], [.. Enumerable.Range(0, rules.Length).Where(place => chosen[place] is null)]);
    }

    private static FieldLane Lane((Demand Demand, int Place)[] rules) => rules[0].Demand.Field switch
    {
        Field<string> text => new FieldLane<string>(text.Read, Places<string>(rules, StringComparer.OrdinalIgnoreCase), [.. rules.Select(rule => rule.Place)]),
        Field<double> number => new FieldLane<double>(number.Read, Places(rules, EqualityComparer<double>.Default), [.. rules.Select(rule => rule.Place)]),
        Field<IPAddress?> address => new FieldLane<IPAddress>(address.Read, Places(rules, EqualityComparer<IPAddress>.Default), [.. rules.Select(rule => rule.Place)]),
        var field => throw new NotSupportedException(field.Name),
    };

    /// <summary>Compares as conditions do: text ordinally and ignoring case.</summary>
    private static Dictionary<T, int[]> Places<T>((Demand Demand, int Place)[] rules, IEqualityComparer<T> comparer)
        where T : notnull =>
        rules.SelectMany(rule => rule.Demand.Values.Cast<T>().Distinct(comparer).Select(value => (Value: value, rule.Place)))
            .GroupBy(each => each.Value, each => each.Place, comparer)
            .ToDictionary(each => each.Key, each => each.ToArray(), comparer);

    private static object Folded(object value) => value is string text ? text.ToUpperInvariant() : value;
}
