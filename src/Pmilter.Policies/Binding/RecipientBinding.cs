using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>Questions about all recipients, from data on.</summary>
internal static class RecipientBinding
{
    public static TypedNode? Any(CallBinding call, bool deciding) =>
        Condition(call) is { } condition ? call.Result(new AnyRecipientNode(deciding, condition, call.Call)) : null;

    public static TypedNode? Count(CallBinding call) =>
        Condition(call) is { } condition ? call.Result(new CountRecipientsNode(condition, call.Call)) : null;

    private static Expression<bool>? Condition(CallBinding call)
    {
        var pass = call.Pass;
        if (pass.IsAskingRecipients || pass.IsAskingParts)
        {
            pass.Diagnostics.Add(BindingDiagnostics.NestedRecipientLoop(call.Call.FunctionSpan, call.Call.Function));
            return null;
        }

        if (!pass.Site.IsAnywhere && (pass.Site.Phase < call.First || pass.Site.Phase > Phase.Eom))
        {
            pass.Diagnostics.Add(BindingDiagnostics.RecipientLoopNotHere(call.Call.FunctionSpan, call.Call.Function, pass.Site.Phase));
            return null;
        }

        pass.Need(call.First, MilterEvents.Rcpt);
        pass.IsAskingRecipients = true;
        var condition = call.Bool(0);
        pass.IsAskingRecipients = false;
        return condition;
    }
}
