using System.Globalization;
using System.Net;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that ask sets, lists, maps, networks and patterns; what they name is resolved here, when loading.</summary>
internal static class SetBinding
{
    public static TypedNode? In(CallBinding call)
    {
        var operand = call.Any(0);
        var candidates = new List<TypedNode>();
        for (var i = 1; i < call.Count; i++)
        {
            if (call.Any(i) is { } candidate && operand is not null && Accepts(call, operand, candidate))
            {
                candidates.Add(candidate);
            }
        }

        if (operand is null || candidates.Count < call.Count - 1)
        {
            return null;
        }

        return operand.Type switch
        {
            ValueType.Text => call.Result(new InNode<string>(operand.Text, [.. candidates.Select(c => c.Text)], ComparisonBinding.AreEqual, call.Call)),
            ValueType.Number => call.Result(new InNode<double>(operand.Number, [.. candidates.Select(c => c.Number)], ComparisonBinding.AreEqual, call.Call)),
            ValueType.Bool => call.Result(new InNode<bool>(operand.Bool, [.. candidates.Select(c => c.Bool)], static (a, b) => a == b, call.Call)),
            _ => call.Result(new InNode<IPAddress?>(operand.Ip, [.. candidates.Select(c => call.Pass.AsIp(c)).OfType<Expression<IPAddress?>>()], ComparisonBinding.AreEqual, call.Call)),
        };
    }

    public static TypedNode? InList(CallBinding call)
    {
        var operand = call.Any(0);
        var name = call.Literal(1, "a list's name");
        if (operand is null || name is null || Find(call, 1, name) is not { } list)
        {
            return null;
        }

        call.Pass.Usage.Lists.Add(name);
        switch (list.Type)
        {
            case ListType.Map:
                call.Pass.Diagnostics.Add(BindingDiagnostics.WrongListType(call.SpanOf(1), name, "map", "in_list asks lists", $"write lookup(x, '{name}', '') <> ''"));
                return null;
            case ListType.Cidr:
                return call.Pass.AsIp(operand) is { } ip
                    ? call.Result(new ResolvedCallNode<IPAddress?, MailList, bool>(ip, list, static (address, all) => address is not null && all.Contains(address) && all.Hit(), call.Call, false))
                    : null;
            case ListType.Number:
                return operand.Type == ValueType.Number
                    ? call.Result(new ResolvedCallNode<double, MailList, bool>(operand.Number, list, static (number, all) => all.Contains(number) && all.Hit(), call.Call, false))
                    : WrongMember(call, operand, name, list);
            default:
                return operand.Type == ValueType.Text
                    ? call.Result(new ResolvedCallNode<string, MailList, bool>(operand.Text, list, static (text, all) => all.Contains(text) && all.Hit(), call.Call, false))
                    : WrongMember(call, operand, name, list);
        }
    }

    public static TypedNode? InNet(CallBinding call)
    {
        var ip = call.Ip(0);
        var networks = new List<IPNetwork>();
        for (var i = 1; i < call.Count; i++)
        {
            if (call.Literal(i, "a network") is not { } text)
            {
                continue;
            }

            if (Networks.TryParse(text, out var network))
            {
                networks.Add(network);
                continue;
            }

            call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(i), text, "a network like '10.0.0.0/8' or '2001:db8::/32'", NetworkHint(text)));
        }

        return ip is null || networks.Count < call.Count - 1
            ? null
            : call.Result(new ResolvedCallNode<IPAddress?, IPNetwork[], bool>(ip, [.. networks], IsInside, call.Call, false));
    }

    public static TypedNode? Net(CallBinding call)
    {
        var ip = call.Ip(0);
        var bits4 = call.LiteralNumber(1, 0, 32);
        var bits6 = call.LiteralNumber(2, 0, 128);
        return ip is null || bits4 is null || bits6 is null
            ? null
            : call.Result(new ResolvedCallNode<IPAddress?, (int Bits4, int Bits6), string>(
                ip, (bits4.Value, bits6.Value), static (address, bits) => address is null ? string.Empty : Networks.Of(address, bits.Bits4, bits.Bits6), call.Call, string.Empty));
    }

    public static TypedNode? Lookup(CallBinding call)
    {
        var key = call.Text(0);
        var name = call.Literal(1, "a map's name");
        var columnName = call.Count == 4 ? call.Literal(2, "a column's name") : string.Empty;
        var fallback = call.Any(call.Count - 1);
        if (name is null || Find(call, 1, name) is not { } map)
        {
            return null;
        }

        call.Pass.Usage.Lists.Add(name);
        if (map.Type != ListType.Map)
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.WrongListType(call.SpanOf(1), name, NameOf(map.Type), "lookup asks maps", $"write in_list(x, '{name}')"));
            return null;
        }

        if (key is null || columnName is null || fallback is null || ColumnOf(call, map, columnName) is not { } column)
        {
            return null;
        }

        switch (fallback.Type)
        {
            case ValueType.Text:
                return call.Result(new MapNode<string>(key, map, column, fallback.Text, static text => text, call.Call, string.Empty));
            case ValueType.Number when map.IsNumeric(column):
                return call.Result(new MapNode<double>(key, map, column, fallback.Number, NumberOf, call.Call, 0));
            case ValueType.Number:
                call.Pass.Diagnostics.Add(BindingDiagnostics.WrongListType(call.SpanOf(1), name, "map", "this column holds texts, the default is a number", "write the default in quotes"));
                return null;
            default:
                call.Pass.Wrong<string>(fallback, "a text or a number", null);
                return null;
        }
    }

    public static TypedNode? Matches(CallBinding call)
    {
        var operand = call.Text(0);
        var name = call.Literal(1, "a pattern's name");
        if (name is null)
        {
            return null;
        }

        if (!call.Pass.Scope.Patterns.TryGetValue(name, out var pattern))
        {
            call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownPattern(call.SpanOf(1), name, Suggestion.For(name, call.Pass.Scope.Patterns.Keys)));
            return null;
        }

        call.Pass.Usage.Lists.Add(name);
        call.Pass.Usage.HasLookup |= !pattern.IsLinear; // a backtracking match may time out
        return operand is null ? null : call.Result(new MatchNode(operand, pattern, call.Call));
    }

    public static TypedNode? Length(CallBinding call) =>
        call.Text(0) is { } text ? call.Result(new CallNode<string, double>(text, static value => value.Length, call.Call, 0)) : null;

    public static TypedNode? Round(CallBinding call)
    {
        var number = call.Number(0);
        var digits = call.Count == 2 ? call.LiteralNumber(1, 0, 15) : 0;
        return number is null || digits is null
            ? null
            : call.Result(new ResolvedCallNode<double, int, double>(number, digits.Value, static (value, places) => Arithmetic.Round(value, places), call.Call, 0));
    }

    private static bool Accepts(CallBinding call, TypedNode operand, TypedNode candidate)
    {
        if (operand.Type == ValueType.Ip)
        {
            return call.Pass.AsIp(candidate) is not null;
        }

        if (operand.Type == candidate.Type)
        {
            return ComparisonBinding.CheckLiteral(call.Pass, operand, candidate);
        }

        call.Pass.Wrong<string>(candidate, BindingDiagnostics.Article(operand.Type), "all values of in() have the type of the first");
        return false;
    }

    private static TypedNode? WrongMember(CallBinding call, TypedNode operand, string name, MailList list)
    {
        var hint = operand.Type == ValueType.Ip ? "declare the list as type: cidr" : list.Type == ListType.Number ? "declare the list as type: text" : null;
        call.Pass.Diagnostics.Add(BindingDiagnostics.WrongListType(call.SpanOf(0), name, NameOf(list.Type), $"this is {BindingDiagnostics.Article(operand.Type)}", hint));
        return null;
    }

    private static MailList? Find(CallBinding call, int index, string name)
    {
        if (call.Pass.Scope.Lists.TryGetValue(name, out var list))
        {
            return list;
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownList(call.SpanOf(index), name, CrossFileHint(name) ?? Suggestion.For(name, call.Pass.Scope.Lists.Keys)));
        return null;
    }

    public static string? CrossFileHint(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? $"names do not cross files; use: [{name[..slash]}]" : null;

    private static int? ColumnOf(CallBinding call, MailList map, string columnName)
    {
        if (columnName.Length == 0)
        {
            return 0;
        }

        for (var i = 0; i < map.Columns.Count; i++)
        {
            if (map.Columns[i].Equals(columnName, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        call.Pass.Diagnostics.Add(BindingDiagnostics.UnknownColumn(call.SpanOf(2), columnName, Suggestion.For(columnName, map.Columns)));
        return null;
    }

    private static string? NetworkHint(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IPAddress.TryParse(text.AsSpan(0, slash), out var address) && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits <= 128
            ? $"bits behind the mask are not zero; write '{Networks.Of(address, bits, bits)}'"
            : null;
    }

    private static bool IsInside(IPAddress? address, IPNetwork[] networks)
    {
        if (address is null)
        {
            return false;
        }

        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static double NumberOf(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Arithmetic.Finite(number) : 0;

    private static string NameOf(ListType type) => type.ToString().ToLowerInvariant();
}
