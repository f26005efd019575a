using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that ask for results of trusted servers.</summary>
internal static class AuthenticationBinding
{
    public static TypedNode? Result(CallBinding call)
    {
        if (call.Literal(0, "a method's name") is not { } method)
        {
            return null;
        }

        if (!AuthenticationFacts.Methods.Contains(method, StringComparer.OrdinalIgnoreCase))
        {
            var hint = Suggestion.For(method, AuthenticationFacts.Methods);
            call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), method, hint ?? $"one of {string.Join(", ", AuthenticationFacts.Methods)}"));
            return null;
        }

        return FactBinding.IsKnown(call, MilterEvents.Header) ? call.Result(new AuthResultNode(method, Trusted(call), call.Call)) : null;
    }

    public static TypedNode? Aligned(CallBinding call) =>
        call.Text(0) is { } domain && FactBinding.IsKnown(call, MilterEvents.Header) ? call.Result(new DkimAlignedNode(domain, Trusted(call), call.Call)) : null;

    private static IReadOnlySet<string> Trusted(CallBinding call)
    {
        call.Pass.Usage.EveryHeader.Add(AuthenticationFacts.Header);
        var trusted = call.Pass.Scope.TrustedAuthServers;
        if (trusted.Count == 0)
        {
            call.Pass.Diagnostics.Add(PolicyWarnings.NobodyIsTrusted(call.Call.Span, call.Call.Function));
        }

        return trusted;
    }
}
