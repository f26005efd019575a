using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>The session: legal and illegal orders of commands, against a filter that answers anything.</summary>
internal sealed class SessionTarget : IFuzzTarget
{
    private static readonly StillClock Clock = new();

    public string Name => "session";

    public string Promise => "no exception leaves a session; an event that the MTA waits for gets one reply, and nothing comes that was not agreed";

    public void Try(Dice dice)
    {
        var needs = RandomNeeds(dice);
        if (dice.OneIn(2))
        {
            var conversation = Conversation.Legal(dice, needs);
            var written = Serve(conversation.Bytes, needs, dice, out _);
            CheckLegal(conversation, written);
            return;
        }

        var input = dice.OneIn(3) ? Conversation.Illegal(dice) : Packets.SpoiltSession(dice);
        CheckAny(Serve(input, needs, dice, out var isNegotiated), isNegotiated);
    }

    /// <summary>Runs the same session whole and in pieces, and answers what it wrote.</summary>
    private static List<Frame> Serve(byte[] input, Requirements needs, Dice dice, out Agreement? agreement)
    {
        var seed = dice.Next();
        var whole = Run(PieceTransport.Whole(input), needs, seed, out agreement);
        var pieces = Run(dice.OneIn(8) ? PieceTransport.ByteByByte(input) : PieceTransport.Random(input, dice), needs, seed, out _);
        BrokenPromiseException.ThrowUnless(whole.Span.SequenceEqual(pieces.Span), "in pieces, the session answers otherwise");
        return Replies.Split(whole);
    }

    private static ReadOnlyMemory<byte> Run(PieceTransport transport, Requirements needs, ulong seed, out Agreement? agreement)
    {
        var observer = new CountingObserver();
        var handler = new DiceHandler(new Dice(seed), needs);
        var options = new SessionOptions { Id = "f", Clock = Clock };
        var run = new MilterSession(transport, _ => handler, options, observer).RunAsync(CancellationToken.None);
        BrokenPromiseException.ThrowUnless(run.IsCompleted, "the session waits although nothing more comes");
        run.GetAwaiter().GetResult();
        BrokenPromiseException.ThrowUnless(transport.IsDisposed, "the connection stays open");
        BrokenPromiseException.ThrowUnless(observer.Failures == 0 || handler.HasFailed || handler.Answers > 0, $"the session failed without the handler: {observer.LastFailure}");
        agreement = handler.Agreement;
        return transport.Written;
    }

    private static void CheckLegal(Conversation conversation, List<Frame> written)
    {
        BrokenPromiseException.ThrowUnless(written.Count > 0 && (ReplyCode)written[0].Code == ReplyCode.Negotiate, "the negotiation is not answered");
        var at = 1;
        foreach (var due in conversation.Due)
        {
            var changes = new CollectedChanges();
            while (due == CommandCode.EndOfMessage && at < written.Count && ReplyDecoder.Verdict(written[at]) is null)
            {
                BrokenPromiseException.ThrowUnless(changes.TryAdd(written[at], conversation.Agreement.Actions), $"packet {written[at].Code} at the end of a message");
                at++;
            }

            BrokenPromiseException.ThrowUnless(at < written.Count, $"{due} is not answered");
            var verdict = ReplyDecoder.Verdict(written[at]) ?? throw new BrokenPromiseException($"{due} is answered with packet {written[at].Code}");
            var maySkip = due is CommandCode.Header or CommandCode.Body && conversation.Agreement.Steps.Has(MilterSteps.Skip);
            BrokenPromiseException.ThrowUnless(verdict.Code != ReplyCode.Skip || maySkip, $"skip at {due}");
            at++;
        }

        BrokenPromiseException.ThrowUnless(at == written.Count, $"{written.Count - at} packets too many");
    }

    /// <summary>After any packets: what is written is replies as they may come, changes only before the verdict that lets a message through.</summary>
    private static void CheckAny(List<Frame> written, Agreement? agreement)
    {
        BrokenPromiseException.ThrowUnless(written.Count == 0 || agreement is not null, "something is written without a negotiation");
        var changes = new CollectedChanges();
        var hasChanges = false;
        for (var i = 1; i < written.Count && agreement is not null; i++)
        {
            if (ReplyDecoder.Verdict(written[i]) is { } verdict)
            {
                BrokenPromiseException.ThrowUnless(!hasChanges || verdict.Code is ReplyCode.Continue or ReplyCode.Accept, $"changes before {verdict.Code}");
                (changes, hasChanges) = (new CollectedChanges(), false);
                continue;
            }

            hasChanges = true;
            BrokenPromiseException.ThrowUnless(changes.TryAdd(written[i], agreement.Actions), $"packet {written[i].Code} is no reply");
        }

        BrokenPromiseException.ThrowUnless(!hasChanges, "changes without a verdict");
    }

    private static Requirements RandomNeeds(Dice dice) => new()
    {
        Actions = (MilterActions)dice.Next() & MilterActions.All & ~MilterActions.SetMacroList,
        Events = dice.OneIn(2) ? MilterEvents.All : (MilterEvents)dice.Next() & MilterEvents.All,
        Replies = dice.OneIn(2) ? MilterEvents.All : (MilterEvents)dice.Next() & MilterEvents.All,
        Skip = dice.OneIn(2),
        RejectedRecipients = dice.OneIn(2),
        LeadingSpace = dice.OneIn(2),
    };
}
