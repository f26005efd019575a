using Pmilter.Policies.Authentication.Dkim;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Authentication;

/// <summary><c>auth_result('spf' | 'dkim' | 'dmarc')</c> and <c>dmarc_policy</c> of our own check. Empty for messages that are not checked.</summary>
internal sealed class CheckedResultSource(int index, string what, string written) : LookupSource(index, SlotLifetime.Message, written, null)
{
    protected override string AskedAbout(string subjectText) => Written;

    protected override SlotValue? KnownOf(Transaction transaction, string asked) => transaction.Check is null ? SlotValue.Of(string.Empty) : null;

    protected override SlotValue Read(string given) => SlotValue.Of(given);

    protected override async ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken)
    {
        var check = context.Transaction.Check!;
        return SlotValue.Of(what switch
        {
            "spf" => (await check.SpfAsync(names, context.Transaction, cancellationToken).ConfigureAwait(false)).Text,
            "dkim" => WordOf(await check.DkimAsync(names, context.Now, cancellationToken).ConfigureAwait(false)),
            "dmarc" => (await check.DmarcAsync(names, context.Transaction, context.Now, cancellationToken).ConfigureAwait(false)).Word,
            _ => (await check.DmarcAsync(names, context.Transaction, context.Now, cancellationToken).ConfigureAwait(false)).Policy,
        });
    }

    /// <summary>One that passes is enough; one that could not be asked might have.</summary>
    private static string WordOf(IReadOnlyList<DkimOutcome> outcomes) =>
        outcomes.Count == 0 ? "none"
        : (outcomes.FirstOrDefault(outcome => outcome.IsPass) ?? outcomes.FirstOrDefault(outcome => outcome.Word == DkimOutcome.TempError) ?? outcomes[0]).Word;
}

/// <summary><c>dkim_aligned(domain)</c> of our own check: a failure of the DNS is none of the signature, the look-up has failed.</summary>
internal sealed class CheckedAlignmentSource(int index, string written, SlotLifetime lifetime, Expression<string> domain) : LookupSource(index, lifetime, written, domain)
{
    protected override string AskedAbout(string subjectText) => ExpressionPrinter.Call("dkim_aligned", subjectText);

    protected override SlotValue? KnownOf(Transaction transaction, string asked) => transaction.Check is null || asked.Length == 0 ? Truth(false) : null;

    protected override SlotValue Read(string given) => Truth(given == "true");

    protected override async ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken)
    {
        var outcomes = await context.Transaction.Check!.DkimAsync(names, context.Now, cancellationToken).ConfigureAwait(false);
        var registered = PublicSuffixes.RegisteredDomainOf(DomainText.Normalize(asked));
        var aligned = outcomes.Where(outcome => outcome.Signature is { } signature && PublicSuffixes.RegisteredDomainOf(signature.Domain) == registered).ToArray();
        return aligned.Any(outcome => outcome.IsPass) ? Truth(true)
            : aligned.FirstOrDefault(outcome => outcome.Word == DkimOutcome.TempError) is { } open ? SlotValue.FailedBy($"the key of {open.Signature!.Selector}._domainkey.{open.Signature.Domain} could not be had")
            : Truth(false);
    }
}
