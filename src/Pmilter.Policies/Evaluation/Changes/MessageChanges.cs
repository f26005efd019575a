using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Bodies;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation.Changes;

/// <summary>The changes that rules have asked for, in written order, until eom.</summary>
internal sealed class MessageChanges
{
    private readonly List<Modification> _asked = [];
    private LogLine[]? _notes;

    public void Add(Modification change) => _asked.Add(change);

    public void Clear()
    {
        _asked.Clear();
        _notes = null;
    }

    /// <summary>What is sent to the MTA, in the order in which every MTA does what was meant.</summary>
    public IReadOnlyList<Modification> InSendingOrder(MessageFacts message)
    {
        if (_asked.Count == 0)
        {
            return [];
        }

        var changes = new List<Modification>(_asked.Count);
        var additions = new List<AddToBody>();
        foreach (var change in _asked)
        {
            switch (change)
            {
                case ReplaceBody:
                    // What was added before belonged to the body that goes.
                    changes.RemoveAll(c => c is ReplaceBody);
                    additions.Clear();
                    changes.Add(change);
                    break;
                case AddToBody addition:
                    additions.Add(addition);
                    break;
                default:
                    HeaderChanges.Expand(change, message, changes);
                    break;
            }
        }

        if (additions.Count > 0)
        {
            AddToTexts(additions, message, changes);
        }

        HeaderOrder.Arrange(changes);
        return changes;
    }

    /// <summary>What could not be done to this message, and why.</summary>
    public void TellWhatWasLeft(EventOutcome outcome)
    {
        foreach (var note in _notes ?? [])
        {
            outcome.Log(note);
        }
    }

    private void AddToTexts(List<AddToBody> additions, MessageFacts message, List<Modification> changes)
    {
        var replaced = changes.OfType<ReplaceBody>().FirstOrDefault();
        var body = replaced?.Body ?? message.Body.Bytes;
        var edited = body is { } whole
            ? BodyEdit.Apply(BodyHeaders.Of(message), whole, additions)
            : EditedBody.Refused("the body is larger than content.rewrite_limit");
        if (edited.WhyNot is { } reason)
        {
            _notes = [.. additions.Select(a => new LogLine(a.Rule, $"No text was added: {reason}."))];
            return;
        }

        changes.RemoveAll(c => c is ReplaceBody);
        changes.AddRange(edited.Headers);
        changes.Add(new ReplaceBody(edited.Bytes));
    }
}
