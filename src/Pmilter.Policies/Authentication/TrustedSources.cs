using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Authentication;

/// <summary>A fact of trusted Authentication-Results fields: nobody is asked, but it may be given, and the decision log keeps it.</summary>
internal abstract class TrustedSource(int index, string written, SlotLifetime lifetime, Expression<string>? subject) : LookupSource(index, lifetime, written, subject)
{
    public override bool AsksDns => false;

    /// <summary>A replay has no fields: what it was not given it does not know.</summary>
    protected override SlotValue? KnownAtOnce(EvaluationContext context, string asked)
    {
        if (GivenAs(context, asked) is { } given)
        {
            return given;
        }

        if (context.Watch is null)
        {
            return KnownOf(context.Transaction, asked);
        }

        context.Given?.Miss(Written, context.IsShadow);
        return SlotValue.FailedBy("nobody was asked");
    }

    protected override ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"{Written} asks nobody.");
}

/// <summary><c>auth_result('spf')</c>.</summary>
internal sealed class TrustedResultSource(int index, string method, IReadOnlySet<string> trusted, string written) : TrustedSource(index, written, SlotLifetime.Message, null)
{
    protected override string AskedAbout(string subjectText) => Written;

    protected override SlotValue? KnownOf(Transaction transaction, string asked) => SlotValue.Of(transaction.Message.Authentication(trusted).ResultOf(method));

    protected override SlotValue Read(string given) => SlotValue.Of(given);
}

/// <summary><c>dkim_aligned(domain)</c>.</summary>
internal sealed class TrustedAlignmentSource(int index, string written, SlotLifetime lifetime, Expression<string> domain, IReadOnlySet<string> trusted)
    : TrustedSource(index, written, lifetime, domain)
{
    protected override string AskedAbout(string subjectText) => ExpressionPrinter.Call("dkim_aligned", subjectText);

    protected override SlotValue? KnownOf(Transaction transaction, string asked) => Truth(transaction.Message.Authentication(trusted).IsSignedBy(asked));

    protected override SlotValue Read(string given) => Truth(given == "true");
}
