using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>Everything that comes at end of message before the verdict.</summary>
internal sealed class CollectedChanges
{
    private readonly List<Modification> _modifications = [];
    private List<byte>? _body;
    private bool _bodyHasEnded;
    private string? _quarantineReason;
    private int _progressCount;

    /// <summary>Takes a packet; false when it may not come here.</summary>
    public bool TryAdd(Frame frame, MilterActions agreed)
    {
        switch ((ReplyCode)frame.Code)
        {
            case ReplyCode.Progress:
                _progressCount++;
                return frame.Data.IsEmpty;
            case ReplyCode.Quarantine:
                Check(agreed, MilterActions.Quarantine);
                _bodyHasEnded = _body is not null;
                _quarantineReason = ReplyDecoder.QuarantineReason(frame);
                return true;
        }

        if (ReplyDecoder.Modification(frame) is not { } modification)
        {
            return false;
        }

        Check(agreed, ReplyEncoder.ActionOf(modification));
        if (modification is ReplaceBody chunk)
        {
            AddBody(chunk.Body.Span);
            return true;
        }

        _bodyHasEnded = _body is not null;
        _modifications.Add(modification);
        return true;
    }

    public MessageReply Finish(EventReply verdict)
    {
        if (_body is not null)
        {
            var place = _modifications.FindIndex(m => m is ReplaceBody);
            _modifications[place] = new ReplaceBody(_body.ToArray());
        }

        return new MessageReply(verdict, _modifications, _quarantineReason, _progressCount);
    }

    private void AddBody(ReadOnlySpan<byte> chunk)
    {
        if (_bodyHasEnded)
        {
            throw new MilterClientException("The replaced body is interrupted by another change; expected one run of chunks.");
        }

        if (_body is null)
        {
            _body = [];
            _modifications.Add(new ReplaceBody(default));
        }

        _body.AddRange(chunk);
    }

    private static void Check(MilterActions agreed, MilterActions needed)
    {
        if (!agreed.Has(needed))
        {
            throw new MilterClientException($"The filter uses {needed}, which was not agreed.");
        }
    }
}
