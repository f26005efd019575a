using Pmilter.Protocol.Client;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>The policy behind a trace: asks for what the recorded filter asked for, and gives its verdicts again.</summary>
internal sealed class TraceHandler
{
    private readonly Queue<Verdict> _verdicts = new();
    private readonly Queue<MessageVerdict> _messages = new();
    private readonly List<byte> _expected = [];
    private NegotiationAnswer? _answer;

    public TraceHandler(Trace trace)
    {
        var changes = new List<Modification>();
        string? quarantine = null;
        var due = new Queue<CommandCode>();
        foreach (var packet in trace.Packets)
        {
            if (packet.IsFromMta)
            {
                if (IsAnswered((CommandCode)packet.Frame.Code))
                {
                    due.Enqueue((CommandCode)packet.Frame.Code);
                }

                continue;
            }

            var frame = packet.Frame;
            switch ((ReplyCode)frame.Code)
            {
                case ReplyCode.Negotiate:
                    _answer = NegotiationCodec.DecodeAnswer(frame.Data.Span);
                    due.Dequeue();
                    _expected.AddRange(Frames.Of('O', frame.Data[..12].ToArray()));
                    continue;
                case ReplyCode.Progress:
                    continue;
                case ReplyCode.Quarantine:
                    quarantine = ReplyDecoder.QuarantineReason(frame);
                    _expected.AddRange(packet.Bytes);
                    continue;
            }

            if (ReplyDecoder.Modification(frame) is { } change)
            {
                changes.Add(change);
                _expected.AddRange(packet.Bytes);
                continue;
            }

            var verdict = VerdictOf(frame);
            _expected.AddRange(ExpectedOf(packet));
            if (due.Dequeue() == CommandCode.EndOfMessage)
            {
                _messages.Enqueue(new MessageVerdict(verdict, [.. changes], quarantine));
                changes.Clear();
                quarantine = null;
            }
            else
            {
                _verdicts.Enqueue(verdict);
            }
        }

        // One recorded filter closed at an address that it could not read; ours goes on with continue.
        foreach (var unanswered in due)
        {
            _verdicts.Enqueue(Verdict.Continue);
            _expected.AddRange(Frames.Of('c'));
        }

        Handler = new ScriptedHandler
        {
            Requirements = Requirements,
            Decide = (command, _) => new(IsAnswered(command) ? _verdicts.Dequeue() : Verdict.Continue),
            DecideMessage = _ => new(_messages.Dequeue()),
        };
    }

    public ScriptedHandler Handler { get; }

    public byte[] Expected => [.. _expected];

    public int Left => _verdicts.Count + _messages.Count;

    private Requirements Requirements
    {
        get
        {
            var answer = _answer ?? new NegotiationAnswer(6, MilterActions.All, MilterSteps.None, new Dictionary<MacroStage, string>());
            var events = MilterEvents.EndOfMessage;
            var replies = MilterEvents.EndOfMessage;
            foreach (var step in EventSteps.All)
            {
                events |= answer.Steps.HasFlag(step.Decline) ? MilterEvents.None : step.Event;
                replies |= answer.Steps.HasFlag(step.NoReply) ? MilterEvents.None : step.Event;
            }

            return new Requirements
            {
                Actions = answer.Actions,
                Events = events,
                Replies = replies,
                Skip = answer.Steps.HasFlag(MilterSteps.Skip),
                RejectedRecipients = answer.Steps.HasFlag(MilterSteps.RejectedRecipients),
                LeadingSpace = answer.Steps.HasFlag(MilterSteps.LeadingSpace),
            };
        }
    }

    private bool IsAnswered(CommandCode command)
    {
        if (command is CommandCode.Macro or CommandCode.Abort or CommandCode.Quit)
        {
            return false;
        }

        var step = Array.Find(EventSteps.All, s => s.Command == command);
        return _answer is null || step.NoReply == MilterSteps.None || !_answer.Steps.HasFlag(step.NoReply);
    }

    private static Verdict VerdictOf(Frame frame)
    {
        switch ((ReplyCode)frame.Code)
        {
            case ReplyCode.Continue: return Verdict.Continue;
            case ReplyCode.Accept: return Verdict.Accept;
            case ReplyCode.Reject: return Verdict.Reject();
            case ReplyCode.Tempfail: return Verdict.Tempfail();
            case ReplyCode.Discard: return Verdict.Discard;
            case ReplyCode.Skip: return Verdict.Skip;
        }

        return Words.Refusal(MailText.Decode(frame.Data.Span[..^1]).Replace("%%", "%", StringComparison.Ordinal));
    }

    /// <summary>One recorded filter sent a lone percent sign on purpose; ours doubles it.</summary>
    private static byte[] ExpectedOf(TracePacket packet)
    {
        if ((ReplyCode)packet.Frame.Code != ReplyCode.ReplyCode)
        {
            return packet.Bytes;
        }

        var text = MailText.Decode(packet.Frame.Data.Span);
        return Frames.Of('y', text.Replace("%%", "%", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal));
    }
}
