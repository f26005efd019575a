using Pmilter.Policies.Authentication;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>Calls that ask for results of SPF, DKIM and DMARC: our own where <c>auth.check</c> is on, else those of trusted servers.</summary>
internal static class AuthenticationBinding
{
    public static TypedNode? Result(CallBinding call)
    {
        if (call.Literal(0, "a method's name") is not { } written)
        {
            return null;
        }

        var method = written.ToLowerInvariant();
        if (!AuthenticationFacts.Methods.Contains(method, StringComparer.Ordinal))
        {
            var hint = Suggestion.For(written, AuthenticationFacts.Methods);
            call.Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(call.SpanOf(0), written, hint ?? $"one of {string.Join(", ", AuthenticationFacts.Methods)}"));
            return null;
        }

        var printed = ExpressionPrinter.Call(call.Call.Function, method);
        if (call.Pass.Scope.ChecksAuthentication && method is "spf" or "dkim" or "dmarc")
        {
            return FactBinding.IsKnown(call, method == "spf" ? Phase.Mail : Phase.Eom, MilterEvents.Mail)
                ? call.Result(new TextLookupNode(Asked(call.Pass, new CheckedResultSource(call.Pass.Slots.IndexOf(printed), method, printed)), call.Call))
                : null;
        }

        return FactBinding.IsKnown(call, MilterEvents.Header)
            ? call.Result(new TextLookupNode(Kept(call.Pass, new TrustedResultSource(call.Pass.Slots.IndexOf(printed), method, Trusted(call), printed)), call.Call))
            : null;
    }

    public static TypedNode? Aligned(CallBinding call)
    {
        if (LookupBinding.Argument(call, 0) is not { } argument)
        {
            return null;
        }

        var (slot, written) = (LookupBinding.SlotOf(call), ExpressionPrinter.Print(call.Call));
        var lifetime = argument.Lifetime == SlotLifetime.Connection ? SlotLifetime.Message : argument.Lifetime;
        if (call.Pass.Scope.ChecksAuthentication)
        {
            return FactBinding.IsKnown(call, Phase.Eom, MilterEvents.Mail)
                ? call.Result(new TruthLookupNode(Asked(call.Pass, new CheckedAlignmentSource(slot, written, lifetime, argument.Text)), call.Call))
                : null;
        }

        return FactBinding.IsKnown(call, MilterEvents.Header)
            ? call.Result(new TruthLookupNode(Kept(call.Pass, new TrustedAlignmentSource(slot, written, lifetime, argument.Text, Trusted(call))), call.Call))
            : null;
    }

    /// <summary><c>dmarc_policy</c>.</summary>
    public static TypedNode? Policy(ExpressionPass pass, ExpressionSyntax syntax)
    {
        if (!pass.Scope.ChecksAuthentication)
        {
            pass.Diagnostics.Add(PolicyDiagnostics.NeedsCheck(syntax.Span));
            return null;
        }

        pass.Need(Phase.Eom, MilterEvents.Mail);
        return TypedNode.Of(new TextLookupNode(Asked(pass, new CheckedResultSource(pass.Slots.IndexOf("dmarc_policy"), "policy", "dmarc_policy")), syntax), syntax);
    }

    private static LookupSource Asked(ExpressionPass pass, LookupSource source)
    {
        pass.Usage.HasLookup = true;
        return Kept(pass, source);
    }

    private static LookupSource Kept(ExpressionPass pass, LookupSource source)
    {
        pass.Usage.Lookups.Add(source);
        return source;
    }

    private static IReadOnlySet<string> Trusted(CallBinding call)
    {
        call.Pass.Usage.EveryHeader.Add(AuthenticationFacts.Header);
        var trusted = call.Pass.Scope.TrustedAuthServers;
        if (trusted.Count == 0)
        {
            call.Pass.Diagnostics.Add(PolicyDiagnostics.NobodyIsTrusted(call.Call.Span, call.Call.Function));
        }

        return trusted;
    }
}
