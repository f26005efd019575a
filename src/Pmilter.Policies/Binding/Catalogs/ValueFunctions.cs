namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Functions of values: sets, lists, texts, numbers.</summary>
internal static class ValueFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        Of("in", "in(x, a, b, …)", "x equals one of them.", 2, int.MaxValue, SetBinding.In),
        Of("in_list", "in_list(x, 'list')", "The list has x.", 2, 2, SetBinding.InList),
        Of("in_net", "in_net(ip, '10.0.0.0/8', …)", "The address lies in one of the networks.", 2, int.MaxValue, SetBinding.InNet),
        Of("net", "net(ip, bits4, bits6)", "The network around the address: '203.0.113.0/24'.", 3, 3, SetBinding.Net),
        Of("lookup", "lookup(x, 'map', default) or lookup(x, 'map', 'column', default)", "The map's value for x, else the default, whose type it takes.", 3, 4, SetBinding.Lookup),
        Of("matches", "matches(x, 'pattern')", "The pattern is found in x.", 2, 2, SetBinding.Matches),
        Of("contains", "contains(x, 's')", "x contains s, ignoring case.", 2, 2, static call => call.OfTexts(static (a, b) => a.Contains(b, StringComparison.OrdinalIgnoreCase))),
        Of("starts_with", "starts_with(x, 's')", "x begins with s, ignoring case.", 2, 2, static call => call.OfTexts(static (a, b) => a.StartsWith(b, StringComparison.OrdinalIgnoreCase))),
        Of("ends_with", "ends_with(x, 's')", "x ends with s, ignoring case.", 2, 2, static call => call.OfTexts(static (a, b) => a.EndsWith(b, StringComparison.OrdinalIgnoreCase))),
        Of("lower", "lower(x)", "x in lower case.", 1, 1, static call => call.OfText(static text => text.ToLowerInvariant())),
        Of("upper", "upper(x)", "x in upper case.", 1, 1, static call => call.OfText(static text => text.ToUpperInvariant())),
        Of("length", "length(x)", "Characters of x.", 1, 1, SetBinding.Length),
        Of("domain_of", "domain_of(addr)", "What stands behind the last @; '' without one.", 1, 1, static call => call.OfText(DomainOf)),
        Of("parent_domain", "parent_domain(d)", "The domain without its first label; '' for a single label.", 1, 1, static call => call.OfText(ParentOf)),
        Of("kb", "kb(n)", "n × 1024.", 1, 1, static call => call.OfNumber(static n => Evaluation.Arithmetic.Finite(n * 1024))),
        Of("mb", "mb(n)", "n × 1024 × 1024.", 1, 1, static call => call.OfNumber(static n => Evaluation.Arithmetic.Finite(n * 1024 * 1024))),
        // The parser makes if(…) a conditional; this entry is for names and documentation.
        Of("if", "if(cond, a, b)", "a where cond is true, else b.", 3, 3, static call =>
            OperatorBinding.Bind(call.Pass, new Syntax.ConditionalSyntax(call.Call.Span, call.Call.Arguments[0], call.Call.Arguments[1], call.Call.Arguments[2]))) with { IsPure = false },
        Of("min", "min(a, b, …)", "The smallest.", 2, int.MaxValue, static call => call.OfNumbers(Math.Min)),
        Of("max", "max(a, b, …)", "The largest.", 2, int.MaxValue, static call => call.OfNumbers(Math.Max)),
        Of("abs", "abs(n)", "n without its sign.", 1, 1, static call => call.OfNumber(Math.Abs)),
        Of("round", "round(n) or round(n, digits)", "n rounded, halves away from zero.", 1, 2, SetBinding.Round),
    ];

    private static Function Of(string name, string signature, string summary, int least, int most, Func<CallBinding, TypedNode?> binder) =>
        new(name, signature, summary) { LeastArguments = least, MostArguments = most, IsPure = true, Binder = binder };

    private static string DomainOf(string address)
    {
        var at = Mail.EnvelopeAddress.LastAt(address);
        return at < 0 ? string.Empty : Mail.DomainName.Normalize(address[(at + 1)..]);
    }

    private static string ParentOf(string domain)
    {
        var dot = domain.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? string.Empty : domain[(dot + 1)..];
    }
}
