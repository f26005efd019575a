using Pmilter.Fuzz.Inputs;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>Answers anything, agreed or not, and fails now and then.</summary>
internal sealed class DiceHandler(Dice dice, Requirements needs) : IMilterHandler
{
    public Agreement? Agreement { get; private set; }

    public bool HasFailed { get; private set; }

    public int Answers { get; private set; }

    public Requirements Negotiate(Offer offer) => needs;

    public void Negotiated(Agreement agreement) => Agreement = agreement;

    public ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken)
    {
        _ = command.TryGetAddress();
        return Answer();
    }

    public ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> DataAsync(CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken) => Answer();

    public ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken)
    {
        Answers++;
        var changes = new List<Modification>();
        for (var left = dice.Below(3); left > 0; left--)
        {
            changes.Add(dice.Below(4) switch
            {
                0 => new AddHeader("X-A", Nasty.Text(dice)),
                1 => new ChangeSender(Nasty.Text(dice), null),
                2 => new DeleteHeader("X-B", 1),
                _ => new AddRecipient("<a@b>", Nasty.Text(dice)),
            });
        }

        return dice.OneIn(20)
            ? Failure<MessageVerdict>()
            : new ValueTask<MessageVerdict>(new MessageVerdict(RandomVerdict(), changes, dice.OneIn(4) ? Nasty.Text(dice) : null));
    }

    public ValueTask AbortAsync() => dice.OneIn(50) ? Throw() : default;

    public ValueTask CloseAsync() => dice.OneIn(50) ? Throw() : default;

    private ValueTask<Verdict> Answer()
    {
        Answers++;
        return dice.OneIn(40) ? Failure<Verdict>() : new ValueTask<Verdict>(RandomVerdict());
    }

    private ValueTask<T> Failure<T>()
    {
        HasFailed = true;
        var error = new InvalidOperationException("by the dice");
        return dice.OneIn(2) ? ValueTask.FromException<T>(error) : throw error;
    }

    private ValueTask Throw()
    {
        HasFailed = true;
        throw new InvalidOperationException("by the dice");
    }

    private Verdict RandomVerdict() => dice.Below(12) switch
    {
        0 => Verdict.Accept,
        1 => Verdict.Reject(),
        2 => Verdict.Tempfail(),
        3 => Verdict.Discard,
        4 or 5 => Verdict.Skip,
        6 => Verdict.Reject(SmtpReply.TryCreate(550, "5.7.1", ["no %", "never"], out var reply, out _) ? reply : null),
        _ => Verdict.Continue,
    };
}

/// <summary>Counts what would be logged.</summary>
internal sealed class CountingObserver : ISessionObserver
{
    public int Failures { get; private set; }

    public string LastFailure { get; private set; } = string.Empty;

    public void Warning(string sessionId, string message, CommandCode? command, SessionState state, Exception? error)
    {
    }

    public void HandlerFailed(string sessionId, string message, CommandCode? command, SessionState state, Exception? error)
    {
        Failures++;
        LastFailure = $"{message} {error}";
    }
}
