using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Lookups;

/// <summary>
/// A fact of the DNS. Its slot lives as long as the narrowest field in its argument, and holds for one value of the argument: a second HELO
/// or another variable is another question.
/// </summary>
/// <param name="written">As printed: how tests, explanations and the decision log name it.</param>
/// <param name="subject">What it is asked about; null for the client's address.</param>
internal abstract class LookupSource(int index, SlotLifetime lifetime, string written, Expression<string>? subject) : SlotSource(index, lifetime)
{
    public string Written { get; } = written;

    /// <summary>The slot's value, or Pending with the context told who resolves it.</summary>
    public EvaluationStatus Read(EvaluationContext context, out SlotValue value)
    {
        value = default;
        var asked = string.Empty;
        if (subject is not null && subject.Evaluate(context, out asked) is var status && status != EvaluationStatus.Known)
        {
            return status;
        }

        var recipient = context.Transaction.Recipient;
        var table = TableOf(context, recipient);
        value = table[Index];
        if (value.Status != EvaluationStatus.Pending && string.Equals(value.Subject, asked, StringComparison.OrdinalIgnoreCase))
        {
            return value.Status;
        }

        if (KnownAtOnce(context, asked) is { } known)
        {
            table[Index] = value = known with { Subject = asked };
            return value.Status;
        }

        context.PendingSource = this;
        context.PendingTable = table;
        context.PendingRecipient = recipient;
        return EvaluationStatus.Pending;
    }

    public sealed override async ValueTask<SlotValue> ResolveAsync(EvaluationContext context, IStateStore state, CancellationToken cancellationToken)
    {
        var asked = Subject(context);
        var answer = asked is null ? SlotValue.Failed : await AnswerAsync(context, asked, cancellationToken).ConfigureAwait(false);
        return answer with { Subject = asked };
    }

    /// <summary>As in <see cref="Written"/>, with the value in the argument's place: how a message's several recipients are told apart.</summary>
    public string Asked(string subjectText) => subject is null ? Written : AskedAbout(subjectText);

    /// <summary>What was looked up in a scope, for the decision log; Pending for nothing.</summary>
    public SlotValue FoundIn(SlotTable slots) => slots[Index];

    /// <summary>Whether it may ask the DNS, so that a resolver is needed.</summary>
    public virtual bool AsksDns => true;

    protected abstract string AskedAbout(string subjectText);

    /// <summary>Of a fact that needs nobody's answer, its value, given ones included; null for all others.</summary>
    protected virtual SlotValue? KnownAtOnce(EvaluationContext context, string asked) => null;

    /// <summary>What is known without asking; null where it must be asked.</summary>
    protected abstract SlotValue? KnownOf(Transaction transaction, string asked);

    protected abstract ValueTask<SlotValue> AskAsync(INameService names, EvaluationContext context, string asked, CancellationToken cancellationToken);

    /// <summary>An answer that somebody gave as text.</summary>
    protected abstract SlotValue Read(string given);

    protected static SlotValue Truth(bool value) => SlotValue.Of(value ? 1 : 0);

    private string? Subject(EvaluationContext context)
    {
        if (subject is null)
        {
            return string.Empty;
        }

        var outer = context.Transaction.Recipient;
        context.Transaction.Recipient = context.PendingRecipient;
        var status = subject.Evaluate(context, out var asked);
        context.Transaction.Recipient = outer;
        return status == EvaluationStatus.Known ? asked : null;
    }

    private async ValueTask<SlotValue> AnswerAsync(EvaluationContext context, string asked, CancellationToken cancellationToken)
    {
        if (GivenAs(context, asked) is { } given)
        {
            return given;
        }

        if (KnownOf(context.Transaction, asked) is { } known)
        {
            return known;
        }

        if (context.Names is { } names)
        {
            return await AskAsync(names, context, asked, cancellationToken).ConfigureAwait(false);
        }

        context.Given?.Miss(Written, context.IsShadow);
        return SlotValue.FailedBy("nobody was asked");
    }

    /// <summary>What somebody has given; null for nothing.</summary>
    protected SlotValue? GivenAs(EvaluationContext context, string asked) =>
        context.Given is not { } given || !given.TryFind(Asked(asked), Written, out var answer) ? null
        : answer is null ? SlotValue.FailedBy("it is given as failed")
        : Read(answer);

    private SlotTable TableOf(EvaluationContext context, RecipientFacts? recipient) => Lifetime switch
    {
        SlotLifetime.Connection => context.Transaction.Connection.Slots,
        SlotLifetime.Message when context.Transaction.IsInMessage => context.Transaction.Message.Slots,
        SlotLifetime.Recipient when recipient is not null => recipient.Slots,
        _ => context.EventSlots,
    };
}
