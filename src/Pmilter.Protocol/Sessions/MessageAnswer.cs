using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>The reply at end of message: modifications, quarantine, verdict. An MTA fails a filter that does what was not agreed.</summary>
internal readonly struct MessageAnswer(FrameWriter writer, Agreement agreement, SessionVoice voice)
{
    public void Write(MessageVerdict answer)
    {
        var verdict = answer.Verdict.Kind == VerdictKind.Skip ? Verdict.Continue : answer.Verdict;
        if (verdict.Kind is not (VerdictKind.Continue or VerdictKind.Accept))
        {
            ReplyEncoder.Write(writer, verdict);
            return;
        }

        if (answer.QuarantineReason is not null && !agreement.Actions.Has(MilterActions.Quarantine))
        {
            // A message that was to be held must not go through unheld.
            voice.Fail("Quarantine was not agreed with this MTA. The failure verdict is taken.");
            ReplyEncoder.Write(writer, voice.Options.FailureVerdict);
            return;
        }

        foreach (var modification in answer.Modifications)
        {
            Write(modification);
        }

        if (answer.QuarantineReason is { } reason)
        {
            ReplyEncoder.WriteQuarantine(writer, reason);
        }

        ReplyEncoder.Write(writer, verdict);
    }

    private void Write(Modification modification)
    {
        var action = ReplyEncoder.ActionOf(modification);
        if (!agreement.Actions.Has(action))
        {
            voice.Warn($"{modification.GetType().Name} needs {action}, which was not agreed with this MTA. It is left out.");
            return;
        }

        ReplyEncoder.Write(writer, modification, agreement.Steps.Has(MilterSteps.LeadingSpace));
    }
}
