using Pmilter.Policies.Authentication;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// At the end of a message that goes on: fields that claim to be ours are removed, and ours is put on top (RFC 8601 5). Nothing here ever
/// decides on the message.
/// </summary>
internal static class ResultsRun
{
    public static async ValueTask WriteAsync(AuthenticationOptions options, EventRun run, MessageChanges changes, Agreement? agreement)
    {
        try
        {
            await CheckAndWriteAsync(options, run, changes, agreement).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            run.Outcome.Error(RuleReference.Server, $"Authentication-Results could not be written: {bug.GetType().Name}: {bug.Message}");
        }
    }

    private static async ValueTask CheckAndWriteAsync(AuthenticationOptions options, EventRun run, MessageChanges changes, Agreement? agreement)
    {
        const MilterActions Needed = MilterActions.AddHeaders | MilterActions.ChangeHeaders;
        var transaction = run.Context.Transaction;
        var isDue = transaction.Check is not null;
        if (run.Context.Names is not { } names || !(isDue || transaction.Message.Sender.IsAuthenticated))
        {
            return;
        }

        if (agreement is { } agreed && (Needed & ~agreed.Actions) is var missing && missing != MilterActions.None)
        {
            run.Outcome.Error(RuleReference.Server, $"Authentication-Results cannot be written: the MTA did not offer {missing}.");
            return;
        }

        var name = ResultsField.ServerName(options.Name.Length > 0 ? options.Name : transaction.Connection.Client.MyHostName);
        if (!options.Trusted.Any(trusted => DomainText.Normalize(trusted) == name))
        {
            RemoveForged(name, transaction.Message.Headers, changes);
        }

        if (transaction.Check is { } check)
        {
            await check.DmarcAsync(names, transaction, run.Context.Now, run.Lookups.Token(run.Cancellation)).ConfigureAwait(false);
            changes.Add(new InsertHeader(0, ResultsField.Name, ResultsField.Write(name, check)));
        }
    }

    private static void RemoveForged(string name, HeaderFacts headers, MessageChanges changes)
    {
        var place = 0;
        foreach (var (_, raw) in headers.All.Where(field => HeaderOrder.IsSameName(field.Name, ResultsField.Name)))
        {
            place++;
            if (AuthenticationFacts.ServerOf(raw) is { } server && server == DomainText.Normalize(name))
            {
                changes.Add(new DeleteHeader(ResultsField.Name, place));
            }
        }

        // Those beyond content.headers_limit cannot be read: what they claim nobody knows.
        for (place++; place <= headers.CountOf(ResultsField.Name); place++)
        {
            changes.Add(new DeleteHeader(ResultsField.Name, place));
        }
    }
}
