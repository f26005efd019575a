using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// What has been decided and for how long it holds. A verdict that ends the message, or the connection, is kept and repeated at
/// every later event; one that was made where no reply was agreed thus leaves at the next event that replies.
/// </summary>
internal sealed class TransactionVerdicts
{
    private Verdict? _ofConnect;
    private Verdict? _ofHelo;
    private Verdict? _ofMessage;
    private MilterEvents _skipped;

    /// <summary>The verdict in force; null while the handler decides.</summary>
    public Verdict? Decided => _ofConnect ?? _ofHelo ?? _ofMessage;

    /// <summary>Whether the handler wants no more events of this kind in this message.</summary>
    public bool IsSkipped(MilterEvents kind) => _skipped.Has(kind);

    /// <summary>Takes the handler's verdict for an event; gives what is to be answered.</summary>
    /// <param name="isAnswered">Whether the event has a reply on the wire.</param>
    /// <param name="maySkip">Whether SMFIR_SKIP was agreed.</param>
    public Verdict Take(MilterEvents kind, Verdict verdict, bool isAnswered, bool maySkip)
    {
        switch (verdict.Kind)
        {
            case VerdictKind.Continue:
                return verdict;
            case VerdictKind.Skip:
                return TakeSkip(kind, maySkip);
            case VerdictKind.Discard when kind is MilterEvents.Connect or MilterEvents.Helo:
                // "Do not use" (xxfi_connect); Postfix warns and ignores it. There is no message to discard.
                return Verdict.Continue;
        }

        switch (kind)
        {
            case MilterEvents.Connect:
                _ofConnect = verdict;
                break;
            case MilterEvents.Helo:
                _ofHelo = verdict;
                break;
            case MilterEvents.Unknown:
                // Concerns the one SMTP command; only a refusal means anything (xxfi_unknown).
                return verdict.Kind is VerdictKind.Reject or VerdictKind.Tempfail ? verdict : Verdict.Continue;
            case MilterEvents.Rcpt when isAnswered && verdict.Kind is VerdictKind.Reject or VerdictKind.Tempfail:
                // Concerns the one recipient.
                break;
            default:
                _ofMessage = verdict;
                break;
        }

        return verdict;
    }

    /// <summary>Another HELO is judged anew.</summary>
    public void ClearHelo() => _ofHelo = null;

    public void ClearMessage()
    {
        _ofMessage = null;
        _skipped = MilterEvents.None;
    }

    public void Clear()
    {
        _ofConnect = _ofHelo = null;
        ClearMessage();
    }

    private Verdict TakeSkip(MilterEvents kind, bool maySkip)
    {
        if (kind is not (MilterEvents.Header or MilterEvents.Body))
        {
            return Verdict.Continue;
        }

        _skipped |= kind;
        return maySkip ? Verdict.Skip : Verdict.Continue;
    }
}
